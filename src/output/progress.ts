/** What the status bar tells: how far the phase is, on how many nodes it failed, how fast bytes go out. Pure. */
import cliProgress from 'cli-progress';
import type { Phase, RunEvent } from '../events.ts';
import { describeBlockers } from './waiting.ts';

export interface Progress {
  readonly phase: Phase;
  readonly nodes: number;
  readonly doneNodes: number;
  readonly failedNodes: number;
  /** Over all nodes; undefined where nothing is sent. */
  readonly totalBytes: number | undefined;
  readonly sentBytes: number;
  readonly startedMs: number;
  /** Who holds the lock that is waited for, and since when it is. */
  readonly waiting?: { readonly blockers: string; readonly startedMs: number };
}

/** `nowMs` is on any clock that does not jump. */
export function advance(
  progress: Progress | undefined,
  event: RunEvent,
  nowMs: number,
): Progress | undefined {
  if (event.type === 'phase') {
    const { phase, nodes, bytes } = event;
    return { phase, nodes, doneNodes: 0, failedNodes: 0, totalBytes: bytes, sentBytes: 0, startedMs: nowMs };
  }
  if (event.type === 'finished') return undefined;
  if (progress === undefined) return undefined;
  if (event.type === 'lock-wait') {
    const startedMs = progress.waiting?.startedMs ?? nowMs - event.waitedMs;
    return { ...progress, waiting: { blockers: describeBlockers(event), startedMs } };
  }
  // The nodes of a try that may yet be refused.
  if (progress.waiting !== undefined) return progress;
  if (event.type === 'bytes') return { ...progress, sentBytes: event.sent };
  if (event.type === 'node-done') return { ...progress, doneNodes: progress.doneNodes + 1 };
  if (event.type === 'node-failed') return { ...progress, failedNodes: progress.failedNodes + 1 };
  return progress;
}

/** One line that is narrower than the terminal: a line that reaches the edge may wrap, and could not be erased. */
export function drawProgress(
  progress: Progress,
  { columns, nowMs }: { columns: number; nowMs: number },
): string {
  const { phase, nodes, doneNodes, failedNodes, totalBytes, sentBytes, startedMs, waiting } = progress;
  if (waiting !== undefined) {
    const seconds = Math.floor((nowMs - waiting.startedMs) / 1000);
    return cut(` waiting ${seconds} s for the lock, ${waiting.blockers}`, columns);
  }
  const fraction = totalBytes ? sentBytes / totalBytes : nodes > 0 ? (doneNodes + failedNodes) / nodes : 0;
  const params = {
    progress: Math.min(fraction, 1),
    eta: 0,
    startTime: startedMs,
    stopTime: nowMs,
    total: nodes,
    value: doneNodes,
    maxWidth: columns,
  };
  const line = cliProgress.Format.Formatter(BAR_OPTIONS, params, {
    phase: phase.padEnd(PHASE_COLUMNS),
    failed: failedNodes > 0 ? `  ${failedNodes} failed` : '',
    bytes: totalBytes === undefined ? '' : drawBytes({ sentBytes, totalBytes, elapsedMs: nowMs - startedMs }),
  });
  return cut(line.trimEnd(), columns);
}

function cut(line: string, columns: number): string {
  return line.slice(0, Math.max(columns - 1, 0));
}

const PHASE_COLUMNS = 7;
const BAR_COLUMNS = 20;
const { barCompleteChar = '█', barIncompleteChar = '░' } = cliProgress.Presets.shades_classic;
const BAR_OPTIONS = {
  format: ' {phase} {bar} {value}/{total}{failed}{bytes}  {duration_formatted}',
  barsize: BAR_COLUMNS,
  barCompleteString: barCompleteChar.repeat(BAR_COLUMNS),
  barIncompleteString: barIncompleteChar.repeat(BAR_COLUMNS),
  barGlue: '',
  autopadding: false,
  autopaddingChar: ' ',
};

/** `  1.50GiB/3.00GiB  104.20MiB/s` */
function drawBytes({
  sentBytes,
  totalBytes,
  elapsedMs,
}: {
  sentBytes: number;
  totalBytes: number;
  elapsedMs: number;
}): string {
  const rate = elapsedMs > 0 ? `  ${formatBytes((sentBytes * 1000) / elapsedMs)}/s` : '';
  return `  ${formatBytes(sentBytes)}/${formatBytes(totalBytes)}${rate}`;
}

export function formatBytes(bytes: number): string {
  const units = ['b', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(2)}${units[power]}`;
}
