/** What the status bar tells: how far the phase is, on how many nodes it failed, how fast bytes go out. Pure. */
import cliProgress from 'cli-progress';
import type { ControlEvent, Phase } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import { columnsOf, cutToColumns } from '../../text/width.ts';
import type { BarFields, BarLook } from '../look/bar-look.ts';
import { describeBlockers } from '../report/lock-wait.ts';

export interface Progress {
  readonly phase: Phase;
  readonly nodes: number;
  readonly doneNodes: number;
  readonly failedNodes: number;
  /** Bytes for all nodes; undefined where nothing is sent. */
  readonly totalBytes: number | undefined;
  readonly sentBytes: number;
  /** What was sent by when, for the rate of the last seconds: the first sample is the older end of its window. */
  readonly samples: readonly Sample[];
  readonly startedMs: number;
  /** Who holds the lock that the run waits for, and since when it waits. */
  readonly waiting?: { readonly blockers: string; readonly startedMs: number };
}

interface Sample {
  readonly atMs: number;
  readonly sentBytes: number;
}

/** `nowMs` is on any clock that does not jump. */
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
      samples: [{ atMs: nowMs, sentBytes: 0 }],
      startedMs: nowMs,
    };
  }
  if (event.type === 'finished') return undefined;
  if (progress === undefined) return undefined;
  if (event.type === 'lock-wait') {
    const startedMs = progress.waiting?.startedMs ?? nowMs - event.waitedMs;
    return { ...progress, waiting: { blockers: describeBlockers(event), startedMs } };
  }
  // The nodes of a try that may yet be refused.
  if (progress.waiting !== undefined) return progress;
  if (event.type === 'bytes') return addBytes(progress, event.sent, nowMs);
  // What an earlier phase still tells is no part of this one.
  if ((event.type === 'node-done' || event.type === 'node-failed') && event.phase !== progress.phase)
    return progress;
  if (event.type === 'node-done') return { ...progress, doneNodes: progress.doneNodes + 1 };
  if (event.type === 'node-failed') return { ...progress, failedNodes: progress.failedNodes + 1 };
  return progress;
}

function addBytes(progress: Progress, sentBytes: number, nowMs: number): Progress {
  const { samples } = progress;
  const last = samples.at(-1);
  if (last !== undefined && nowMs - last.atMs < LIMITS.rateSampleMs) return { ...progress, sentBytes };
  const isOld = (sample: Sample | undefined) =>
    sample !== undefined && sample.atMs <= nowMs - LIMITS.rateWindowMs;
  const kept = isOld(samples[1]) ? samples.slice(1) : samples;
  return { ...progress, sentBytes, samples: [...kept, { atMs: nowMs, sentBytes }] };
}

export interface Drawing {
  readonly look: BarLook;
  readonly nowMs: number;
  readonly columns: number;
  /** The nodes that the run waits for. */
  readonly names?: string;
}

/** One line that fits. Who holds the lock that is waited for, and who is missing, is shown whatever the look is. */
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
  // A format of the user's own says itself what is shown.
  if (!look.isFlexible) return cutToColumns(line, columns);
  let shown = fields;
  for (const less of LEAVING_OUT) {
    if (columnsOf(line) <= columns) break;
    shown = { ...shown, ...less };
    line = draw(shown);
  }
  return cutToColumns(line, columns);
}

/** Whole fields are left out where there is no room, the blocks first. */
const LEAVING_OUT: readonly Partial<BarFields>[] = [
  { Bar: '' },
  { Written: '', Bytes: '' },
  { Elapsed: '' },
  { Rate: '' },
  { Left: '' },
];

function barFields(progress: Progress, nowMs: number): BarFields {
  const { phase, nodes, doneNodes, failedNodes, totalBytes, startedMs } = progress;
  const elapsedMs = nowMs - startedMs;
  const isSending = totalBytes !== undefined;
  // The archive adds a little to the bytes of the files.
  const sentBytes = Math.min(progress.sentBytes, totalBytes ?? 0);
  const fraction = totalBytes ? sentBytes / totalBytes : nodes > 0 ? (doneNodes + failedNodes) / nodes : 0;
  const rate = isSending ? bytesPerSecond(progress, nowMs) : 0;
  const leftBytes = (totalBytes ?? 0) - sentBytes;
  return {
    Phase: phase,
    Success: doneNodes,
    Total: nodes - failedNodes,
    Fails: failedNodes,
    Percent: isSending ? `${Math.floor(fraction * 100)}%` : '',
    Written: isSending ? formatBytes(sentBytes) : '',
    Bytes: isSending ? formatBytes(totalBytes) : '',
    Rate: isSending && elapsedMs > 0 ? formatBytes(rate) : '',
    Left: rate > 0 && leftBytes > 0 ? formatSeconds(leftBytes / rate).trim() : '',
    Nodes: nodes,
    Bar: cliProgress.Format.BarFormat(Math.min(fraction, 1), BAR_OPTIONS),
    Elapsed: formatSeconds(elapsedMs / 1000),
  };
}

/** The rate of the last seconds. */
function bytesPerSecond({ samples, sentBytes }: Progress, nowMs: number): number {
  const isOld = ({ atMs }: Sample) => atMs <= nowMs - LIMITS.rateWindowMs;
  const from = samples.findLast(isOld) ?? samples[0];
  return from === undefined || nowMs <= from.atMs
    ? 0
    : ((sentBytes - from.sentBytes) * 1000) / (nowMs - from.atMs);
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
