/** Who holds the lock of each node. */
import { toLockstepError } from '../../core/errors.ts';
import type { LockView } from '../../core/lock.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { viewLock } from '../../node/inquiry/lock-view.ts';
import type { Connection } from '../../ssh/transport.ts';
import type { InquiryRun } from '../modes/mode.ts';

/** Asks all nodes. `outcomes` has those that do not answer. */
export async function viewLocks(
  connections: readonly Connection[],
  path: string,
  { identity, become, clock, outcomes, signal }: InquiryRun,
): Promise<LockView[]> {
  const settings = { lockPath: path, token: identity.token, become, clock };
  const asked = connections.map(async (connection): Promise<LockView | undefined> => {
    try {
      const view = await viewLock(connection, settings);
      outcomes.settle(connection.node, { kind: 'ok' });
      return view;
    } catch (thrown) {
      outcomes.settle(connection.node, { kind: 'refused', error: toLockstepError(thrown) });
      return undefined;
    }
  });
  const views = await unlessAborted(signal, Promise.all(asked));
  return views.filter((view) => view !== undefined);
}
