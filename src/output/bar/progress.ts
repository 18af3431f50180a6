/** What the status bar tells: how far the phase is, on how many nodes it failed, how fast bytes go out. Pure. */
import cliProgress from 'cli-progress';
import type { Phase, RunEvent } from '../../events.ts';
import type { BarFields, BarLook } from '../look/bar-look.ts';
import { describeBlockers } from '../report/waiting.ts';

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
  // What an earlier phase still tells is no part of this one.
  if ((event.type === 'node-done' || event.type === 'node-failed') && event.phase !== progress.phase)
    return progress;
  if (event.type === 'node-done') return { ...progress, doneNodes: progress.doneNodes + 1 };
  if (event.type === 'node-failed') return { ...progress, failedNodes: progress.failedNodes + 1 };
  return progress;
}

/** One line, of any width. Who holds the lock that is waited for is shown whatever the look is. */
export function drawProgress(progress: Progress, look: BarLook, nowMs: number): string {
  const { waiting } = progress;
  if (waiting === undefined) return look(barFields(progress, nowMs)).trimEnd();
  const seconds = Math.floor((nowMs - waiting.startedMs) / 1000);
  return ` waiting ${seconds} s for the lock, ${waiting.blockers}`;
}

function barFields(progress: Progress, nowMs: number): BarFields {
  const { phase, nodes, doneNodes, failedNodes, totalBytes, sentBytes, startedMs } = progress;
  const elapsedMs = nowMs - startedMs;
  const fraction = totalBytes ? sentBytes / totalBytes : nodes > 0 ? (doneNodes + failedNodes) / nodes : 0;
  const isSending = totalBytes !== undefined;
  return {
    Phase: phase,
    Success: doneNodes,
    Total: nodes - failedNodes,
    Fails: failedNodes,
    Written: isSending ? formatBytes(sentBytes) : '',
    Bytes: isSending ? formatBytes(totalBytes) : '',
    Rate: isSending && elapsedMs > 0 ? formatBytes((sentBytes * 1000) / elapsedMs) : '',
    Nodes: nodes,
    Bar: cliProgress.Format.BarFormat(Math.min(fraction, 1), BAR_OPTIONS),
    Elapsed: cliProgress.Format.TimeFormat(Math.round(elapsedMs / 1000), BAR_OPTIONS, 1),
  };
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
