/** Says why a node did not give its lock, so that the operator knows whom to ask. Pure. */
import { type ErrorCode, LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import type { KeeperSettings, Refusal } from '../node/keeper/keeper-command.ts';
import { describeUnstarted, hintFor } from '../node/unusable.ts';
import { describeHolders } from './holder.ts';

/** A node's refusal of its lock, in its own words. */
export class RefusalError extends LockstepError {
  readonly refusal: Refusal;

  constructor(
    node: Node,
    refusal: Refusal,
    { code, text, hint }: { code: ErrorCode; text: string; hint?: string | undefined },
  ) {
    super(code, text, { node, hint });
    this.refusal = refusal;
  }
}

/** Scripts look for `lock already`; the rest of the sentence is for people. */
export function refusalError(node: Node, { record, become }: KeeperSettings, refusal: Refusal): RefusalError {
  switch (refusal.kind) {
    case 'locked': {
      if (refusal.holders.some(({ run }) => run === record.run)) return sameMachine(node, refusal);
      const own = refusal.holders.find(({ run }) => record.run.startsWith(`${run}.`));
      if (own !== undefined) {
        const text = `can't lock ${record.lockPath} inside a session that holds ${own.lockPath}`;
        const hint = `open the session with --lock-file ${record.lockPath}`;
        return new RefusalError(node, refusal, { code: 'lock-unavailable', text, hint });
      }
      const by = describeHolders(refusal.holders, (become?.user ?? node.user) === 'root');
      const text = `can't acquire lock, lock already obtained by ${by}`;
      return new RefusalError(node, refusal, { code: 'locked', text });
    }
    case 'draining': {
      const pids = refusal.pids.join(', ');
      const text = `can't acquire lock of ${record.lockPath}: run ${refusal.run} has ended, but left work behind: pid ${pids}`;
      return new RefusalError(node, refusal, { code: 'draining', text });
    }
    case 'error':
      return new RefusalError(node, refusal, {
        code: 'unusable',
        text: `can't acquire lock: ${refusal.reason}`,
        hint: hintFor(refusal.reason, (become?.user ?? node.user) === 'root'),
      });
    case 'unstarted':
      return new RefusalError(node, refusal, describeUnstarted(refusal, become));
  }
}

function sameMachine(node: Node, refusal: Refusal, other = 'another node of this run'): RefusalError {
  const text = `is the same machine as ${other}, which holds its lock already`;
  return new RefusalError(node, refusal, { code: 'lock-unavailable', text, hint: 'name each machine once' });
}

/** Names the node that is the same machine: its keeper is the process that holds the lock there. Known when all have answered. */
export function withOtherName(error: LockstepError, keepers: readonly HeldKeeper[]): LockstepError {
  const { node } = error;
  if (!(error instanceof RefusalError) || error.refusal.kind !== 'locked' || node === undefined) return error;
  const { holders } = error.refusal;
  // On two machines it may be a process of the same number.
  const [other, ...more] = keepers.filter(({ identity, settings }) =>
    holders.some(({ run, pid }) => run === settings.record.run && identity.startsWith(`${pid}:`)),
  );
  return other === undefined || more.length > 0 ? error : sameMachine(node, error.refusal, other.node.id);
}

/**
 * Whether waiting may help: each node that refused, and that the run needs, has a holder, or work that will end.
 * Waiting mends no missing path and no denied permission.
 */
export function isWorthWaiting(error: LockstepError): boolean {
  return isHeld(error) && error.causes.some(isHeld);
}

/** Another run holds the lock, or has left work behind. */
export function isHeld(cause: unknown): boolean {
  return cause instanceof LockstepError && (cause.code === 'locked' || cause.code === 'draining');
}
