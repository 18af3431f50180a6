/** `lockstep halt`, `resume`, `retry` and `skip` of a run at work: what became of each node, with one line for all alike. Pure. */
import type { Pointless, Refusal, Wish, WishAnswer } from '../../core/wish.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import type { Head } from '../head.ts';
import { grouped, listNames, nameNodes } from './words.ts';

export function wishText(
  { kind }: Wish,
  answer: WishAnswer,
  { run, nodes }: Pick<Head, 'run' | 'nodes'>,
): string {
  const { done, refused, pointless, running, waiting } = answer;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const nameOf = nameNodes(nodes);
  const line = (ids: readonly string[], what: string) => {
    const names = ids.map((id) => {
      const node = byId.get(id);
      return node === undefined ? sanitiseWord(id) : nameOf(node);
    });
    return `${listNames(names, NAMES_CHARS)} (${ids.length}): ${what}\n`;
  };
  const counts = `${countNodes(running)} at work, ${countNodes(waiting)} not begun`;
  if (pointless !== undefined) return `run ${run} ${POINTLESS[pointless]}: ${counts}\n`;
  if (kind === 'halt') return `run ${run} is halted, nothing more starts: ${counts}\n`;
  if (kind === 'resume') return `run ${run} goes on: ${counts}\n`;
  const refusals = grouped(refused, ({ why }) => why).map(([why, alike]) =>
    line(
      alike.map(({ node }) => node),
      `refused, ${REFUSALS[why as Refusal] ?? sanitiseWord(why)}`,
    ),
  );
  return [...(done.length > 0 ? [line(done, doneText(kind, answer))] : []), ...refusals].join('');
}

/** Whether all of it was done, now or before. */
export function isGranted({ refused, pointless }: WishAnswer): boolean {
  return (
    refused.length === 0 && (pointless === undefined || pointless === 'halted' || pointless === 'not-halted')
  );
}

const NAMES_CHARS = 200;

function doneText(kind: Wish['kind'], { standsFor }: WishAnswer): string {
  if (kind === 'skip') return 'skipped, and holds up nothing';
  if (standsFor === 'halt') return 'starts again when the halt is lifted, by lockstep resume';
  if (standsFor === 'rule') return 'starts again when fewer have failed: for them nothing starts now';
  return 'starts again, as soon as limits have a place';
}

const POINTLESS: Readonly<Record<Pointless, string>> = {
  halted: 'was halted before',
  'not-halted': 'is not halted',
  'nothing-waits': 'has no node left to start',
  ending: 'is at its end',
  input: 'has an input (-i), which is read once, so no node starts again',
};

const REFUSALS: Readonly<Record<Refusal, string>> = {
  unknown: 'no node of the rollout',
  ok: 'ended ok',
  'at-work': 'at work',
  waits: 'its turn has not come yet',
  'tries-again': 'tried again anyway',
  skipped: 'skipped before',
  'out-of-reach': 'not reached by this run',
  unsure: 'was lost or given up, and may still be at work there',
};
