/** `lockstep runs`: one line a run. Pure. */
import { durationText } from '../../core/duration.ts';
import { JOURNAL_LIMITS } from '../../core/limits/journal.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import { singleLine } from '../../text/single-line.ts';
import { cutToColumns } from '../../text/width.ts';
import type { Past } from '../past-run.ts';
import { dayAndTime, outcomeOf } from './words.ts';

/** With a head line; columns are as wide as their contents. `columnsMax`: the width of a terminal, at which lines are cut. */
export function runLines(runs: readonly Past[], columnsMax = Number.POSITIVE_INFINITY): string {
  const rows = [HEAD, ...runs.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${cutToColumns(line.trimEnd(), columnsMax)}\n`)
    .join('');
}

const HEAD = ['RUN', 'BEGAN (UTC)', 'TOOK', 'NODES OK', 'OUTCOME', 'WHO', 'COMMAND'];

function cellsOf(past: Past): string[] {
  const { head, beganMs, endedMs, nodes } = past;
  return [
    head.run,
    dayAndTime(beganMs),
    past.state === 'over' ? durationText(endedMs - beganMs) : '-',
    `${okOf(past)} of ${nodes.length}`,
    outcomeOf(past),
    sanitiseWord(head.who),
    sanitiseWord(singleLine(head.command, JOURNAL_LIMITS.commandCharsMax)),
  ];
}

/** The same for programs. */
export function runObject(past: Past): Record<string, unknown> {
  const { head, state, exitCode, beganMs, endedMs, nodes } = past;
  const { run, who, command, directory } = head;
  const tookMs = state === 'over' ? endedMs - beganMs : null;
  const counts = { nodes: nodes.length, ok: okOf(past) };
  return { run, at: head.at, who, command, directory, state, exitCode: exitCode ?? null, tookMs, ...counts };
}

function okOf({ nodes }: Past): number {
  return nodes.filter(({ kind }) => kind === 'ok').length;
}
