/**
 * The one door to stdout and stderr. Nothing here blocks when nobody reads:
 * heartbeats must go on while a terminal is stopped.
 */
import type { Stream } from '../../core/events.ts';
import { type Descriptor, openDescriptor } from './descriptor.ts';
import type { Gauge } from './gauge.ts';
import { WriteQueue } from './write-queue.ts';

export interface Terminal {
  isTTY(stream: Stream): boolean;
  /** Another program reads it. */
  isPipe(stream: Stream): boolean;
  /** Width of the terminal behind stderr; 0 if it does not tell. */
  columns(): number;
  /** And its height. */
  rows(): number;
  /** A promise asks the caller to hold back until the reader has caught up; `share` counts the waiting bytes of one node. */
  write(stream: Stream, chunk: Buffer | string, share?: Gauge): void | Promise<void>;
  /** The status bar below the lines on stderr, of one line or more; an empty text erases it. */
  setBar(text: string): void;
  /** Resolves when everything is written or its reader is gone: like any filter it waits for `less`, however long. */
  flush(): Promise<void>;
  /** The run ends: a stream whose reader takes nothing for this long holds nobody back any more, and drops what waits. */
  limitPatience(patienceMs: number): void;
  /** Drops what is not yet written and lets everyone go: for an end that must not wait for a terminal nobody reads. */
  abandon(): void;
}

export interface TerminalParts {
  readonly stdout: Descriptor;
  readonly stderr: Descriptor;
  columns(): number;
  rows(): number;
  /** Called once a stream when nothing more can be written there: EPIPE, a full disk, a terminal that went away. */
  onBroken(stream: Stream, error: Error): void;
}

export function openTerminal(onBroken: TerminalParts['onBroken']): Terminal {
  return createTerminal({
    stdout: openDescriptor(1),
    stderr: openDescriptor(2),
    columns: () => process.stderr.columns || 0,
    rows: () => process.stderr.rows || 0,
    onBroken,
  });
}

/** If both streams are one file they share one queue: lines keep their order, and the bar knows of all of them. */
export function createTerminal({ stdout, stderr, columns, rows, onBroken }: TerminalParts): Terminal {
  const isShared = stdout.fileId === stderr.fileId;
  const errorQueue = new WriteQueue(stderr.writeSome, (error) => {
    if (isShared) onBroken('stdout', error);
    onBroken('stderr', error);
  });
  const outputQueue = isShared
    ? errorQueue
    : new WriteQueue(stdout.writeSome, (error) => onBroken('stdout', error));
  const descriptors = { stdout, stderr };
  return {
    isTTY: (stream) => descriptors[stream].isTTY,
    isPipe: (stream) => descriptors[stream].isPipe,
    columns,
    rows,
    write(stream, chunk, share) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      return (stream === 'stdout' ? outputQueue : errorQueue).write(bytes, share);
    },
    setBar: (text) => errorQueue.setBar(text),
    async flush() {
      await Promise.all([outputQueue.whenEmpty(), errorQueue.whenEmpty()]);
    },
    limitPatience(patienceMs) {
      outputQueue.limitPatience(patienceMs);
      errorQueue.limitPatience(patienceMs);
    },
    abandon() {
      outputQueue.abandon();
      errorQueue.abandon();
    },
  };
}
