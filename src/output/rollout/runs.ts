/** The nodes that run now, and for how long: `foo[9-11].east 4s, bar2.west 2s`, earliest first. Pure. */
import { columnsOf } from '../../text/width.ts';
import type { Naming } from './naming.ts';
import type { RolloutState } from './state.ts';

/** The most nodes that it names. */
const NAMED_MAX = 100;

/** At most `linesMax` lines, as wide as these columns allow. */
export function runLines(
  state: RolloutState,
  { columns, linesMax }: { readonly columns: number; readonly linesMax: number },
  naming: Naming,
): string[] {
  const all = state.all.of('runs');
  const lines: string[] = [];
  let told = 0;
  for (const { text, nodes } of groupsOf(state, columns, naming)) {
    const rest = all.size - told - nodes;
    const last = lines.at(-1);
    const longer = last === undefined ? text : `${last}, ${text}`;
    const isRoom = columnsOf(longer) + (rest > 0 ? columnsOf(more(rest)) : 0) <= columns;
    if (last !== undefined && (isRoom || (lines.length < linesMax && columnsOf(longer) <= columns)))
      lines[lines.length - 1] = longer;
    else if (lines.length < linesMax) lines.push(text);
    else break;
    told += nodes;
  }
  const rest = all.size - told;
  if (rest > 0 && lines.length > 0) lines[lines.length - 1] += more(rest);
  return lines;
}

function more(count: number): string {
  return ` and ${count} more`;
}

/** Nodes that began in the same second form a group. */
function groupsOf({ all }: RolloutState, columns: number, { nowMs, labelOf, fold }: Naming) {
  const seconds = new Map<number, string[]>();
  for (const { node, sinceMs } of [...all.of('runs')].slice(0, NAMED_MAX)) {
    const second = Math.floor(sinceMs / 1000);
    const names = seconds.get(second);
    if (names === undefined) seconds.set(second, [labelOf(node)]);
    else names.push(labelOf(node));
  }
  return [...seconds].map(([second, names]) => {
    const age = ageText(nowMs - second * 1000);
    const text = `${fold(names)} ${age}`;
    const short = names.length === 1 ? text : `${names[0]} and ${names.length - 1} more ${age}`;
    return { text: columnsOf(text) <= columns ? text : short, nodes: names.length };
  });
}

/** As short as a line that is drawn anew needs it: `4s`, `2m10s`, `3h4m`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
