/** Times, names and endings in the journal's words. Anything in a journal may have come from nodes. Pure. */
import { JOURNAL_LIMITS } from '../../core/limits/journal.ts';
import type { Node } from '../../core/node.ts';
import { foldNames } from '../../text/fold-names.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import type { EndKind, Past, PastNode } from '../past-run.ts';

/** `2026-11-28 09:08:07`, UTC as in the id of a run. */
export function dayAndTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** `exit code 3`, `lost: the connection was reset`. */
export function endText({ kind, detail }: Pick<PastNode, 'kind' | 'detail'>): string {
  const { text, joint } = ENDS[kind];
  return detail === '' ? text : `${text}${joint}${sanitiseWord(detail)}`;
}

const ENDS: Readonly<Record<EndKind, { readonly text: string; readonly joint: string }>> = {
  ok: { text: 'ok', joint: ': ' },
  exit: { text: 'exit code', joint: ' ' },
  signal: { text: 'ended by signal', joint: ' ' },
  lost: { text: 'lost', joint: ': ' },
  'timed-out': { text: 'timed out', joint: ': ' },
  refused: { text: 'refused', joint: ': ' },
  ended: { text: 'ended', joint: ': ' },
  skipped: { text: 'skipped', joint: ': ' },
  waiting: { text: 'waiting', joint: ': ' },
  running: { text: 'running', joint: ': ' },
};

/** `ok`, `exit 3`, `died`, `running`. */
export function outcomeOf({ state, exitCode }: Past): string {
  if (state !== 'over') return state;
  return exitCode === 0 ? 'ok' : `exit ${exitCode ?? '?'}`;
}

/** What the user wrote, if no two nodes share it; else their ids. */
export function nameNodes(nodes: readonly Node[]): (node: Node) => string {
  const counts = new Map<string, number>();
  for (const { given } of nodes) counts.set(given, (counts.get(given) ?? 0) + 1);
  return ({ given, id }) => sanitiseWord(counts.get(given) === 1 ? given : id);
}

/** Folded; of names that do not fold well only the first ones. */
export function listNames(names: readonly string[], charsMax: number): string {
  const folded = foldNames(names);
  if (folded.length <= charsMax || names.length <= JOURNAL_LIMITS.namesShown) return folded;
  const shown = names.slice(0, JOURNAL_LIMITS.namesShown);
  return `${shown.join(', ')} and ${names.length - shown.length} more`;
}

/** Groups of things that are alike, in the order of their first members. */
export function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups];
}
