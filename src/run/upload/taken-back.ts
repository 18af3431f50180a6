/**
 * The error of a commit that all nodes take back. How it ends is known only at the end of the run, when the keepers have said which
 * files each node has: `verdict` makes the final error then.
 */

import { LockstepError } from '../../core/errors.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { FileStates } from '../report/file-states.ts';
import type { NodeCommit } from './node-commit.ts';

/** `commit`: some node could not put its files in place. `check`: the check failed on some node. */
export type Why = 'commit' | 'check';

export interface Failed {
  readonly why: Why;
  /** An error for each node that failed. */
  readonly failures: readonly LockstepError[];
  /** How many nodes take part. */
  readonly nodes: number;
}

export class TakenBack extends LockstepError {
  readonly #failed: Failed;
  readonly #commits: readonly NodeCommit[];

  constructor(failed: Failed, commits: readonly NodeCommit[]) {
    super('commit-failed', headline(failed), { causes: failed.failures });
    this.#failed = failed;
    this.#commits = commits;
  }

  /** The final error. It names each node that is not known to have its old files. */
  verdict(files: FileStates): LockstepError {
    const text = headline(this.#failed);
    const { why, failures } = this.#failed;
    const isBegun = this.#commits.length > 0;
    const open = this.#commits.filter(({ node }) => files.stateOf(node) !== 'old');
    if (open.length === 0) {
      const code = why === 'check' ? 'check-failed' : 'taken-back';
      const brief = { text, causes: failures };
      return new LockstepError(
        code,
        `${text}; ${isBegun ? 'all were taken back' : 'no files had been sent'}`,
        { causes: failures, brief },
      );
    }
    const told = new Set(failures.map(({ node }) => node?.id));
    const others = open.filter(({ node }) => why === 'check' || !told.has(node.id));
    const causes = [...failures, ...others.map(notBack)];
    const whole = `${text}, and ${open.length === 1 ? '1 node was' : `${open.length} nodes were`} not taken back`;
    return new LockstepError('commit-failed', whole, { causes, brief: { text: whole, causes }, hint: HEALS });
  }
}

const HEALS =
  'such a node goes back by itself when its lease is over, or with the next run there; look at what its line names, and run the same command again';

/** The error for `--on-failure keep`: the check has failed, and nothing is taken back. */
export function failedAndKept(failed: Failed): LockstepError {
  const text = `${headline(failed)}; the new files stay`;
  return new LockstepError('check-failed', text, { causes: failed.failures, hint: KEPT });
}

const KEPT = '--on-failure keep leaves them there; without it all nodes are taken back';

function headline({ why, failures, nodes }: Failed): string {
  const what = why === 'check' ? 'the check failed' : 'the files could not be put in place';
  return nodes === 1 ? what : `${what} on ${failures.length} of ${countNodes(nodes)}`;
}

function notBack({ node, failure }: NodeCommit): LockstepError {
  const why = failure === undefined ? '' : `: ${failure.message}`;
  return new LockstepError('commit-failed', `may still have the new files${why}`, { node });
}
