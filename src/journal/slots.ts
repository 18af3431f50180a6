/** The slots of a rollout, and what became of their nodes, from the lines of its journal. Pure. */
import { isRecord } from '../core/is-record.ts';
import type { EventLine, PastNode, PastSlot } from './past-run.ts';

/** Empty for a run that was no rollout, as far as the journal knows. */
export function slotsOf(events: readonly EventLine[], nodes: readonly PastNode[]): readonly PastSlot[] {
  const rollout = events.findLast(({ type }) => type === 'rollout');
  if (rollout === undefined) return [];
  const byId = new Map(nodes.map((one) => [one.node.id, one]));
  const known = (ids: unknown) => listOf(ids).flatMap((id) => byId.get(String(id)) ?? []);
  const slots = listOf(rollout.threads).flatMap((thread) =>
    isRecord(thread)
      ? listOf(thread.slots).flatMap((slot) =>
          isRecord(slot)
            ? { thread: String(thread.name), name: String(slot.name), nodes: known(slot.nodes) }
            : [],
        )
      : [],
  );
  const free = known(isRecord(rollout.free) ? rollout.free.nodes : []);
  return free.length === 0 ? slots : [...slots, { thread: '', name: 'in no order', nodes: free }];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
