/** `lockstep report RUN`: when each node did what, drawn in columns; nodes that look alike share a line. Pure. */
import { durationText } from '../../core/duration.ts';
import { JOURNAL_LIMITS } from '../../core/limits/journal.ts';
import { foldNames } from '../../text/fold-names.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import { columnsOf, cutToColumns } from '../../text/width.ts';
import type { Past, PastNode } from '../past-run.ts';
import { dayAndTime, endText, grouped, nameNodes, outcomeOf } from './words.ts';

/** `columnsMax`: where to cut lines. */
export function reportText(past: Past, columns: number, columnsMax = Number.POSITIVE_INFINITY): string {
  const { head, beganMs, endedMs } = past;
  const rows = rowsOf(past, columns);
  const width = rows.barColumns;
  const scale = `${durationText(0)}${durationText(endedMs - beganMs).padStart(Math.max(1, width - 4))}`;
  return [
    `run ${head.run}, began ${dayAndTime(beganMs)} UTC: ${outcomeOf(past)}`,
    `  ${sanitiseWord(head.command)}`,
    '',
    `${' '.repeat(rows.nameColumns)}  ${scale}`,
    ...rows.lines.map((line) => cut(line, columnsMax)),
    '',
    LEGEND,
  ]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const LEGEND = '. connects   : waits for the lock   - looks, sends, puts in place   # runs the command';

const MARKS: Readonly<Record<string, string>> = {
  connect: '.',
  lock: ':',
  survey: '-',
  upload: '-',
  commit: '-',
  exec: '#',
};

/** Nodes that look alike. */
interface Row {
  readonly bar: string;
  readonly alike: readonly PastNode[];
}

/** With fewer columns more nodes look alike; counts those that are still too many. */
function rowsOf(past: Past, columns: number) {
  const { reportRowsMax } = JOURNAL_LIMITS;
  let barColumns = Math.max(BAR_COLUMNS_MIN, Math.floor(columns / 2));
  let rows = drawRows(past, barColumns);
  while (rows.length > reportRowsMax && barColumns >= 2 * BAR_COLUMNS_MIN) {
    barColumns = Math.floor(barColumns / 2);
    rows = drawRows(past, barColumns);
  }
  const nameOf = nameNodes(past.nodes.map(({ node }) => node));
  const nameColumnsMax = Math.max(NAME_COLUMNS_MIN, Math.floor(columns / 3));
  const shown = rows
    .slice(0, reportRowsMax)
    .map(({ bar, alike }) => ({ bar, alike, name: foldNames(alike.map(({ node }) => nameOf(node))) }));
  const nameColumns = Math.min(nameColumnsMax, Math.max(...shown.map(({ name }) => columnsOf(name)), 4));
  const lines = shown.map(({ name, bar, alike }) => `${pad(name, nameColumns)}  ${bar}  ${endOf(alike)}`);
  const more = rows.length - shown.length;
  if (more > 0) lines.push(`and ${more} more lines; lockstep show --json has all nodes`);
  return { lines, nameColumns, barColumns };
}

const BAR_COLUMNS_MIN = 10;
const NAME_COLUMNS_MIN = 28;

/** In the order in which the nodes finished. */
function drawRows(past: Past, barColumns: number): Row[] {
  const lastMs = ({ spans }: PastNode) => Math.max(0, ...spans.map(({ toMs }) => toMs));
  const drawn = past.nodes
    .map((node) => ({ node, lastMs: lastMs(node), bar: barOf(node, past, barColumns) }))
    .sort((one, other) => one.lastMs - other.lastMs);
  const places = new Map(past.nodes.map((node, at) => [node, at]));
  return grouped(drawn, ({ node, bar }) => `${bar}\n${endText(node)}`).map(([, alike]) => ({
    bar: alike[0]?.bar ?? '',
    alike: alike
      .map(({ node }) => node)
      .sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0)),
  }));
}

function endOf(alike: readonly PastNode[]): string {
  const end = alike[0] === undefined ? '' : endText(alike[0]);
  return alike.length > 1 ? `${alike.length} ${end}` : end;
}

/** Each column shows what lasted longest until its end. */
function barOf({ spans }: PastNode, { beganMs, endedMs }: Past, columns: number): string {
  const perColumnMs = Math.max(1, endedMs - beganMs) / columns;
  const cells = new Array<string>(columns).fill(' ');
  for (const { phase, fromMs, toMs } of spans) {
    const mark = MARKS[phase];
    if (mark === undefined) continue;
    const from = Math.max(0, Math.floor((fromMs - beganMs) / perColumnMs));
    const to = Math.min(columns, Math.max(from + 1, Math.ceil((toMs - beganMs) / perColumnMs)));
    cells.fill(mark, Math.min(from, columns - 1), to);
  }
  return cells.join('');
}

function pad(name: string, columns: number): string {
  const shown = cut(name, columns);
  return shown + ' '.repeat(columns - columnsOf(shown));
}

function cut(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : `${cutToColumns(text, columns - 1)}…`;
}
