/** Says who holds a lock that was refused, and on which nodes. */

import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Blocker } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { describeHolders } from '../../lock/holder.ts';
import { isHeld, RefusalError, refusalError } from '../../lock/refusal.ts';
import { viewLock } from '../../node/inquiry/lock-view.ts';
import type { KeeperSettings } from '../../node/keeper/keeper-command.ts';
import type { Connection } from '../../ssh/transport.ts';
import { countNodes } from '../../text/list-nodes.ts';

/** Returns the causes of a refused lock; causes that differ only in their node become one. */
export function blockersOf(refusal: LockstepError): Blocker[] {
  const byText = new Map<string, { holders: Blocker['holders']; nodes: Node[] }>();
  for (const cause of refusal.causes) {
    if (!(cause instanceof RefusalError) || cause.node === undefined) continue;
    const { refusal: said } = cause;
    if (said.kind !== 'locked' && said.kind !== 'draining') continue;
    const holders = said.kind === 'locked' ? said.holders : [];
    const text =
      said.kind === 'draining'
        ? `with work left behind by run ${said.run}`
        : `held by ${describeHolders(holders, cause.node.user === 'root')}`;
    const entry = byText.get(text) ?? { holders, nodes: [] };
    byText.set(text, entry);
    entry.nodes.push(cause.node);
  }
  return [...byText].map(([text, entry]) => ({ text, ...entry }));
}

export interface RefusedLock {
  readonly settings: KeeperSettings;
  readonly clock: Clock;
  /** How long the run has waited for the lock (`--lock-wait`). */
  readonly limitMs: number;
}

/**
 * Makes the error of a lock that others hold. Only the nodes that were asked have refused; it looks up who holds the
 * others, so that the operator sees every holder at once.
 */
export async function refusedLock(
  refusal: LockstepError,
  connections: readonly Connection[],
  lock: RefusedLock,
): Promise<LockstepError> {
  const asked = new Set(refusal.causes.map((cause) => cause instanceof LockstepError && cause.node?.id));
  const others = connections.filter(({ node }) => !asked.has(node.id));
  const seen = await Promise.all(others.map((connection) => viewOther(connection, lock)));
  const causes = [...refusal.causes, ...seen.filter((error) => error !== undefined)];
  const waited = lock.limitMs === 0 ? '' : ` within ${lock.limitMs / 1000} s`;
  const where = `${causes.filter(isHeld).length} of ${countNodes(connections.length)}`;
  return new LockstepError(
    refusal.code,
    `the global lock was not taken${waited}: it is not free on ${where}`,
    {
      causes,
      ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
    },
  );
}

async function viewOther(
  connection: Connection,
  { settings, clock }: RefusedLock,
): Promise<RefusalError | undefined> {
  try {
    const view = await viewLock(connection, { ...settings, lockPath: settings.record.lockPath, clock });
    // A shared lock does not keep another reader out.
    const holders = view.holders.filter(({ kind }) => settings.record.kind !== 'shared' || kind !== 'shared');
    const [orphan] = view.orphans;
    if (holders.length > 0) return refusalError(connection.node, settings, { kind: 'locked', holders });
    return orphan && refusalError(connection.node, settings, { kind: 'draining', ...orphan });
  } catch {
    // The lookup is a courtesy: its failure must not hide the refusal.
    return undefined;
  }
}
