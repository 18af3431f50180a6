/** The lines below the status bar in a rollout: its slots, the nodes that run, and why others wait. Pure. */
import { foldNames } from '../../text/fold-names.ts';
import { columnsOf, cutToColumns } from '../../text/width.ts';
import type { Naming } from './naming.ts';
import type { NodesByStatus, Status } from './places.ts';
import { runLines } from './runs.ts';
import type { RolloutState } from './state.ts';
import { waitTexts } from './waits.ts';

export interface ViewSize {
  readonly columns: number;
  readonly linesMax: number;
}

/** Lines no longer than the columns, and no more than the bound. */
export function rolloutLines(
  state: RolloutState,
  { columns, linesMax }: ViewSize,
  naming: Omit<Naming, 'fold'>,
): string[] {
  const words: Naming = { ...naming, fold: foldNames };
  const inner = columns - HEAD.runs.length;
  const wanted = [
    state.slots.length,
    runLines(state, { columns: inner, linesMax: PARTS_MAX }, words).length,
    Math.min(waitTexts(state, words).length, PARTS_MAX),
  ];
  const [slots = 0, runs = 0, waits = 0] = share(linesMax, wanted);
  return [
    ...slotLines(state.slots, slots),
    ...headed(HEAD.runs, runLines(state, { columns: inner, linesMax: runs }, words)),
    ...headed(HEAD.waits, waitLines(waitTexts(state, words), waits)),
  ].map((line) => cut(line, columns));
}

const HEAD = { runs: '  at work  ', waits: '  waiting  ' };

/** Lines for nodes that run, and for those that wait. */
const PARTS_MAX = 3;

/** Gives one line to each in turn, while there are any. */
function share(lines: number, wanted: readonly number[]): number[] {
  const given = wanted.map(() => 0);
  let left = lines;
  for (let isWanting = true; isWanting && left > 0; ) {
    isWanting = false;
    for (const [at, count] of wanted.entries()) {
      const own = given[at] ?? 0;
      if (own >= count || left === 0) continue;
      given[at] = own + 1;
      left -= 1;
      isWanting = true;
    }
  }
  return given;
}

function headed(head: string, lines: readonly string[]): string[] {
  return lines.map((line, at) => `${at === 0 ? head : ' '.repeat(head.length)}${line}`);
}

/** Counts what does not fit. */
function waitLines(texts: readonly string[], linesMax: number): string[] {
  if (linesMax === 0 || texts.length <= linesMax) return texts.slice(0, linesMax);
  const shown = texts.slice(0, linesMax);
  shown[linesMax - 1] += `; and ${texts.length - linesMax} more reasons`;
  return shown;
}

/** `  $frontend of east   8 done   3 at work   1 failed   8 waiting`, in columns. */
function slotLines(slots: readonly NodesByStatus[], linesMax: number): string[] {
  const shown = choose(slots, linesMax);
  const others = slots.filter((slot) => !shown.includes(slot));
  const rows = shown.map((slot) => ({ name: slot.name, counts: countsOf([slot]) }));
  if (others.length > 0 && linesMax > 0)
    rows.push({
      name: shown.length === 0 ? `${others.length} slots` : `and ${others.length} more slots`,
      counts: countsOf(others),
    });
  const nameColumns = Math.min(NAME_COLUMNS_MAX, Math.max(0, ...rows.map(({ name }) => columnsOf(name))));
  const widths = CELLS.map((_, cell) =>
    Math.max(0, ...rows.map(({ counts }) => (counts[cell] ?? '').length)),
  );
  return rows.map(({ name, counts }) => {
    const cells = counts
      .map((text, cell) => text.padStart(widths[cell] ?? 0))
      .filter((_, cell) => widths[cell] !== 0);
    const padded = cut(name, nameColumns);
    return `  ${padded}${' '.repeat(nameColumns - columnsOf(padded))}  ${cells.join('  ')}`.trimEnd();
  });
}

const NAME_COLUMNS_MAX = 32;

const CELLS: readonly { readonly word: string; readonly of: readonly Status[] }[] = [
  { word: 'done', of: ['done'] },
  { word: 'at work', of: ['runs', 'retries'] },
  { word: 'failed', of: ['failed'] },
  { word: 'skipped', of: ['skipped'] },
  { word: 'waiting', of: ['waits'] },
];

function countsOf(slots: readonly NodesByStatus[]): string[] {
  return CELLS.map(({ word, of }) => {
    const count = slots.reduce((sum, slot) => sum + slot.count(...of), 0);
    return count === 0 ? '' : `${count} ${word}`;
  });
}

/** In order: slots at work come before those ahead, and these before those that are over; the last line is for the others. */
function choose(slots: readonly NodesByStatus[], linesMax: number): readonly NodesByStatus[] {
  if (slots.length <= linesMax) return slots;
  const ranked = slots.map((slot, at) => ({ slot, at, rank: rankOf(slot) }));
  ranked.sort((one, other) => one.rank - other.rank || one.at - other.at);
  const chosen = new Set(ranked.slice(0, Math.max(0, linesMax - 1)).map(({ slot }) => slot));
  return slots.filter((slot) => chosen.has(slot));
}

function rankOf(slot: NodesByStatus): number {
  if (slot.isAtWork || slot.count('failed') > 0) return 0;
  return slot.isOver ? 2 : 1;
}

/** Marks where it cuts something off. */
function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  return columns < 1 ? '' : `${cutToColumns(text, columns - 1)}…`;
}
