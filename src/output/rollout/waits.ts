/** Why nodes of a rollout wait, in words: `8 wait: frontend of east is full: 4 of 4 down, 1 of them failed`. Pure. */
import { countNodes } from '../../text/list-nodes.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import type { Naming } from './naming.ts';
import { type Limit, type NodesByStatus, type Turn, takenOf, type WaitGroup } from './places.ts';
import { ageText } from './runs.ts';
import type { RolloutState } from './state.ts';

/** How many of the nodes that others wait for it names. */
const NAMED_MAX = 3;

/** A line for each reason, that of most nodes first; slots that have not begun come last. */
export function waitTexts(state: RolloutState, naming: Naming): string[] {
  const waiting = state.all.count('waits');
  if (waiting === 0) return [];
  const stop = stopText(state, naming);
  if (stop !== undefined) return [`${waiting} wait: ${stop}`];
  const known = [...state.groups.values()].filter(({ turns }) => turns.size > 0);
  const byText = new Map<string, number>();
  for (const group of known) {
    const text = groupText(group, state, naming);
    byText.set(text, (byText.get(text) ?? 0) + group.turns.size);
  }
  const texts = [...byText].map(([text, count]) => ({ count, text, isLast: text === LATER }));
  texts.sort((one, other) => Number(one.isLast) - Number(other.isLast) || other.count - one.count);
  return texts.map(({ count, text }) => `${count} wait${text}`);
}

/** Nothing more starts at all. */
function stopText({ plan, all, isHalted }: RolloutState, naming: Naming): string | undefined {
  const failed = all.count('failed');
  if (plan.onFailure === 'stop' && failed > 0) return `nothing more starts, ${failures(all, naming)}`;
  if (plan.maxFailures !== undefined && failed >= plan.maxFailures)
    return `nothing more starts, ${countNodes(failed)} failed`;
  return isHalted ? 'halted, nothing more starts' : undefined;
}

function groupText({ reason, limits }: WaitGroup, state: RolloutState, naming: Naming): string {
  if (reason.kind === 'limit') {
    const full = limits.find((limit) => takenOf(limit) >= limit.max) ?? limits[0];
    return full === undefined ? '' : `: ${limitText(full)}`;
  }
  const pause = state.pauses.get(reason.thread);
  const slot = state.slots.find((one) => one.thread === reason.thread && one.slot === reason.slot);
  if (slot === undefined || (slot.count('waits') === slot.size && pause === undefined)) return LATER;
  if (pause !== undefined && slot.isOver) return `: ${pauseText(pause, naming)}`;
  return ` for ${slot.name}: ${openText(slot, naming)}`;
}

const LATER = ' for slots that have not begun';

function pauseText(
  { slot, untilMs }: { slot: string; untilMs: number | undefined },
  { nowMs }: Naming,
): string {
  const name = sanitiseWord(slot);
  return untilMs === undefined
    ? `somebody has to say that ${name} may begin`
    : `${name} begins in ${ageText(untilMs - nowMs)}`;
}

function limitText(limit: Limit): string {
  const { place, max, isHolding } = limit;
  const failed = isHolding ? place.count('failed') : 0;
  const now = Math.min(takenOf(limit), max);
  const kept = failed === 0 ? '' : `, ${failed} of them failed`;
  return `${place.name} is full: ${now} of ${max} ${isHolding ? 'down' : 'at work'}${kept}`;
}

/** The nodes because of which a slot is not done. */
function openText(slot: NodesByStatus, naming: Naming): string {
  const runs = [...slot.of('runs')];
  const parts = [
    runs.length === 0 ? '' : `${named(runs, naming)} run${runs.length === 1 ? 's' : ''}`,
    slot.count('retries') === 0 ? '' : `${named([...slot.of('retries')], naming)} to be tried again`,
    slot.count('failed') === 0 ? '' : failures(slot, naming),
    runs.length > 0 || slot.count('waits') === 0 ? '' : `${slot.count('waits')} have not begun`,
  ];
  return parts.filter((part) => part !== '').join(', ') || 'done';
}

function failures(place: NodesByStatus, naming: Naming): string {
  return `${named([...place.of('failed')], naming)} failed`;
}

function named(turns: readonly Turn[], { labelOf, fold }: Naming): string {
  const names = fold(turns.slice(0, NAMED_MAX).map(({ node }) => labelOf(node)));
  return turns.length > NAMED_MAX ? `${names} and ${turns.length - NAMED_MAX} more` : names;
}
