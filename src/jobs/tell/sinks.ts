/** Hands output of commands to the sinks that a program gives. */
import type { Sink } from '../types.ts';

/** Resolves when the sink has taken it; undefined if it took it at once. Rejects, or throws, when the sink does. */
export function handTo(sink: Sink, chunk: Uint8Array | string): Promise<unknown> | undefined {
  const answer = sink.write(chunk);
  if (isPromise(answer)) return answer;
  return answer === false && isStream(sink) ? drained(sink) : undefined;
}

/** Writes a line of a log, without waiting. `failed`: the sink did not take it. */
export function writeLine(
  sink: Sink | undefined,
  line: string | undefined,
  failed: (thrown: unknown) => void,
): void {
  if (sink === undefined || line === undefined) return;
  try {
    const taken = sink.write(`${line}\n`);
    if (isPromise(taken)) taken.then(undefined, failed);
  } catch (thrown) {
    failed(thrown);
  }
}

interface Stream extends Sink {
  readonly destroyed?: boolean;
  readonly writableNeedDrain?: boolean;
  once(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

function isStream(sink: Sink): sink is Stream {
  return 'once' in sink && typeof sink.once === 'function' && 'off' in sink && typeof sink.off === 'function';
}

/** A stream's owner hears of its errors; nobody waits for it after one. */
function drained(stream: Stream): Promise<void> | undefined {
  if (stream.destroyed === true || stream.writableNeedDrain === false) return undefined;
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'];
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
