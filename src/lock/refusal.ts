/** Says why a node did not give its lock, so that the operator knows whom to ask. */
import { LockstepError } from '../errors.ts';
import type { KeeperSettings, Refusal } from '../node/keeper.ts';
import type { Holder } from '../node/replies.ts';
import type { Node } from '../targets/node.ts';

/** Scripts look for `lock already`; the rest of the sentence is for people. */
export function refusalError(node: Node, settings: KeeperSettings, refusal: Refusal): LockstepError {
  switch (refusal.kind) {
    case 'locked':
      return lockedError(node, settings, refusal.holder);
    case 'draining': {
      const pids = refusal.pids.join(', ');
      const text = `can't acquire lock of ${settings.lockPath}: run ${refusal.run} has ended, but left work behind: pid ${pids}`;
      return new LockstepError('draining', `${node.id} ${text}`, { node });
    }
    case 'error':
      return new LockstepError('lock-unavailable', `${node.id} can't acquire lock: ${refusal.reason}`, {
        node,
        ...(settings.sudo ? { hint: SUDO_HINT } : {}),
      });
  }
}

const SUDO_HINT =
  '-x needs a sudo that asks for no password; check also that the path exists on the node and that flock is installed';

function lockedError(node: Node, settings: KeeperSettings, holder: Holder | undefined): LockstepError {
  if (holder?.run === settings.run) {
    const text = `${node.id} is the same machine as another node of this run, which holds its lock already`;
    return new LockstepError('locked', text, { node, hint: 'name each machine once' });
  }
  const by = holder === undefined ? 'a process this account cannot see' : describeHolder(holder);
  return new LockstepError('locked', `${node.id} can't acquire lock, lock already obtained by ${by}`, {
    node,
  });
}

function describeHolder({ who, run, since, lockPath, reason, command }: Holder): string {
  const why = reason === '' ? '' : `, reason: ${reason}`;
  return `${who} since ${since} on ${lockPath} (run ${run}: ${command}${why})`;
}
