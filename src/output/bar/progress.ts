/** The facts of the status bar: how far the phase is, on how many nodes it failed, how fast bytes go out. Pure. */
import cliProgress from 'cli-progress';
import type { ControlEvent, Phase } from '../../core/events.ts';
import { columnsOf, cutToColumns } from '../../text/width.ts';
import type { BarFields, BarLook } from '../look/bar-look.ts';
import { describeBlockers } from '../report/lock-wait.ts';
import { beginRate, noteBytes, perSecond, type Rate, secondsLeft, stalledMs } from './rate.ts';

export interface Progress {
  readonly phase: Phase;
  readonly nodes: number;
  readonly doneNodes: number;
  readonly failedNodes: number;
  /** Bytes for all nodes; undefined if the run sends nothing. */
  readonly totalBytes: number | undefined;
  readonly sentBytes: number;
  readonly rate: Rate;
  readonly startedMs: number;
  /** Who holds the lock that the run waits for, and since when it waits. */
  readonly waiting?: { readonly blockers: string; readonly startedMs: number };
}

/** `nowMs`: from any clock that does not jump. */
export function advance(
  progress: Progress | undefined,
  event: ControlEvent,
  nowMs: number,
): Progress | undefined {
  if (event.type === 'phase') {
    const { phase, nodes, bytes } = event;
    return {
      phase,
      nodes,
      doneNodes: 0,
      failedNodes: 0,
      totalBytes: bytes,
      sentBytes: 0,
      rate: beginRate(nowMs),
      startedMs: nowMs,
    };
  }
  if (event.type === 'finished') return undefined;
  if (progress === undefined) return undefined;
  if (event.type === 'lock-wait') {
    const startedMs = progress.waiting?.startedMs ?? nowMs - event.waitedMs;
    return { ...progress, waiting: { blockers: describeBlockers(event), startedMs } };
  }
  // These nodes belong to a try that others may yet refuse.
  if (progress.waiting !== undefined) return progress;
  if (event.type === 'bytes') {
    return { ...progress, sentBytes: event.sent, rate: noteBytes(progress.rate, event.sent, nowMs) };
  }
  // Late events of an earlier phase are no part of this one.
  if ((event.type === 'node-done' || event.type === 'node-failed') && event.phase !== progress.phase)
    return progress;
  if (event.type === 'node-done') return { ...progress, doneNodes: progress.doneNodes + 1 };
  if (event.type === 'node-failed') return { ...progress, failedNodes: progress.failedNodes + 1 };
  return progress;
}

export interface Drawing {
  readonly look: BarLook;
  readonly nowMs: number;
  readonly columns: number;
  /** The nodes that the run waits for. */
  readonly names?: string;
}

/** One line that fits. Whatever the look, it shows who holds the awaited lock, and who is missing. */
export function drawProgress(progress: Progress, { look, nowMs, columns, names = '' }: Drawing): string {
  const { waiting } = progress;
  if (waiting !== undefined) {
    const seconds = Math.floor((nowMs - waiting.startedMs) / 1000);
    return cutToColumns(` waiting ${seconds} s for the lock, ${waiting.blockers}`, columns);
  }
  const fields = barFields(progress, nowMs);
  const tail = names === '' ? '' : `  ${names}`;
  const draw = (shown: BarFields) => look(shown).trimEnd() + tail;
  let line = draw(fields);
  // A format of the user's own decides by itself what it shows.
  if (!look.isFlexible) return cutToColumns(line, columns);
  let shown = fields;
  for (const less of LEAVING_OUT) {
    if (columnsOf(line) <= columns) break;
    shown = { ...shown, ...less };
    line = draw(shown);
  }
  return cutToColumns(line, columns);
}

/** Without room whole fields go, the blocks first. */
const LEAVING_OUT: readonly Partial<BarFields>[] = [
  { Bar: '' },
  { Written: '', Bytes: '' },
  { Elapsed: '' },
  { Rate: '' },
  { Left: '' },
  { Note: '' },
];

/** For the log: `upload 1/3, 50%, 2.00MiB of 4.00MiB, 1.00MiB/s, 2s left`. */
export function describeProgress(progress: Progress, nowMs: number): string {
  const { Phase, Success, Nodes, Percent, Written, Bytes, Rate, Left, Note } = barFields(progress, nowMs);
  const parts = [
    `${Phase} ${Success}/${Nodes}`,
    Percent,
    Bytes === '' ? Written : `${Written} of ${Bytes}`,
    Rate === '' ? '' : `${Rate}/s`,
    Left === '' ? '' : `${Left} left`,
    Note,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function barFields(progress: Progress, nowMs: number): BarFields {
  const { phase, nodes, doneNodes, failedNodes, totalBytes, sentBytes, startedMs } = progress;
  const elapsedMs = nowMs - startedMs;
  const isSending = totalBytes !== undefined;
  const fraction = totalBytes ? sentBytes / totalBytes : nodes > 0 ? (doneNodes + failedNodes) / nodes : 0;
  return {
    Phase: phase,
    Success: doneNodes,
    Total: nodes - failedNodes,
    Fails: failedNodes,
    Percent: isSending ? `${Math.floor(fraction * 100)}%` : '',
    Written: isSending || sentBytes > 0 ? formatBytes(sentBytes) : '',
    Bytes: isSending ? formatBytes(totalBytes) : '',
    ...pace(progress, nowMs),
    Nodes: nodes,
    Bar: cliProgress.Format.BarFormat(Math.min(fraction, 1), BAR_OPTIONS),
    Elapsed: formatSeconds(elapsedMs / 1000),
  };
}

function pace(
  { phase, totalBytes, sentBytes, rate }: Progress,
  nowMs: number,
): Pick<BarFields, 'Rate' | 'Left' | 'Note'> {
  const nothing = { Rate: '', Left: '', Note: '' };
  if (sentBytes === 0) return nothing;
  // The nodes have all bytes, and check them.
  if (sentBytes === totalBytes) return { ...nothing, Note: phase === 'upload' ? 'checking' : '' };
  const quietMs = stalledMs(rate, nowMs);
  if (quietMs > 0) return { ...nothing, Note: `stalled ${formatSeconds(quietMs / 1000).trim()}` };
  const bytesPerSecond = perSecond(rate, nowMs);
  const left = totalBytes === undefined ? undefined : secondsLeft(totalBytes - sentBytes, bytesPerSecond);
  return {
    Rate: bytesPerSecond === undefined ? '' : formatBytes(bytesPerSecond),
    Left: left === undefined ? '' : formatSeconds(left).trim(),
    Note: '',
  };
}

function formatSeconds(seconds: number): string {
  return cliProgress.Format.TimeFormat(Math.round(seconds), BAR_OPTIONS, 1);
}

const BAR_COLUMNS = 20;
const { barCompleteChar = '█', barIncompleteChar = '░' } = cliProgress.Presets.shades_classic;
const BAR_OPTIONS = {
  barsize: BAR_COLUMNS,
  barCompleteString: barCompleteChar.repeat(BAR_COLUMNS),
  barIncompleteString: barIncompleteChar.repeat(BAR_COLUMNS),
  barGlue: '',
  autopaddingChar: ' ',
};

export function formatBytes(bytes: number): string {
  const units = ['b', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(2)}${units[power]}`;
}
