/** Says why a node did not give its lock, so that the operator knows whom to ask. Pure. */
import { type ErrorCode, LockstepError } from '../errors.ts';
import type { KeeperSettings, Refusal } from '../node/keeper/keeper-command.ts';
import type { Node } from '../targets/node.ts';
import { describeHolders } from './holder.ts';

/** A node's refusal of its lock, with what it said. */
export class RefusalError extends LockstepError {
  readonly refusal: Refusal;

  constructor(
    node: Node,
    refusal: Refusal,
    { code, text, hint }: { code: ErrorCode; text: string; hint?: string },
  ) {
    super(code, `${node.id} ${text}`, { node, ...(hint === undefined ? {} : { hint }) });
    this.refusal = refusal;
  }
}

/** Scripts look for `lock already`; the rest of the sentence is for people. */
export function refusalError(node: Node, settings: KeeperSettings, refusal: Refusal): RefusalError {
  switch (refusal.kind) {
    case 'locked': {
      if (refusal.holders.some(({ run }) => run === settings.run)) {
        const text = 'is the same machine as another node of this run, which holds its lock already';
        const hint = 'name each machine once';
        return new RefusalError(node, refusal, { code: 'lock-unavailable', text, hint });
      }
      const own = refusal.holders.find(({ run }) => settings.run.startsWith(`${run}.`));
      if (own !== undefined) {
        const text = `can't lock ${settings.lockPath} inside a session that holds ${own.lockPath}`;
        const hint = `open the session with --lock-file ${settings.lockPath}`;
        return new RefusalError(node, refusal, { code: 'lock-unavailable', text, hint });
      }
      const text = `can't acquire lock, lock already obtained by ${describeHolders(refusal.holders)}`;
      return new RefusalError(node, refusal, { code: 'locked', text });
    }
    case 'draining': {
      const pids = refusal.pids.join(', ');
      const text = `can't acquire lock of ${settings.lockPath}: run ${refusal.run} has ended, but left work behind: pid ${pids}`;
      return new RefusalError(node, refusal, { code: 'draining', text });
    }
    case 'error': {
      const text = `can't acquire lock: ${refusal.reason}`;
      const hint = settings.sudo ? { hint: SUDO_HINT } : {};
      return new RefusalError(node, refusal, { code: 'lock-unavailable', text, ...hint });
    }
  }
}

/**
 * Whether time may help: every node that refused has a holder, or work that still ends.
 * A missing path or a denied permission stays what it is.
 */
export function isWorthWaiting(error: LockstepError): boolean {
  const codes = error.causes.map((cause) => (cause instanceof LockstepError ? cause.code : 'bug'));
  return codes.length > 0 && codes.every((code) => code === 'locked' || code === 'draining');
}

const SUDO_HINT =
  '-x needs a sudo that asks for no password; check also that the path exists on the node and that flock is installed';
