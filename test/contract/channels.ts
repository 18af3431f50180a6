/** Channels of a transport under test: run to their end, collected, or written until they are full. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LIMITS } from '../../src/core/limits/limits.ts';
import type { ChannelResult } from '../../src/core/outcome.ts';
import type { Channel, ChannelSinks, Connection } from '../../src/ssh/transport.ts';

/** Where a small chunk has stopped so long, the flow is taken to be held back. */
export const STALLED_MS = 1_000;

export interface Seen {
  readonly result: ChannelResult;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; outputs come back as digests. Without input, stdin stays open. */
export async function run(connection: Connection, command: string, input?: readonly Buffer[]): Promise<Seen> {
  const { channel, seen } = await start(connection, command);
  if (input !== undefined) {
    for (const block of input) await channel.write(block);
    channel.end();
  }
  return seen();
}

/** Commands that run side by side. One by one: none ends before the last has begun. */
export async function runTogether(
  connection: Connection,
  commands: readonly string[],
  isOneByOne: boolean,
): Promise<Seen[]> {
  if (!isOneByOne) return Promise.all(commands.map((command) => run(connection, command)));
  const started: Started[] = [];
  for (const command of commands) started.push(await start(connection, `read go; ${command}`));
  for (const { channel } of started) channel.end();
  return Promise.all(started.map(({ seen }) => seen()));
}

interface Started {
  readonly channel: Channel;
  seen(): Promise<Seen>;
}

async function start(connection: Connection, command: string): Promise<Started> {
  const stdout = createHash('sha256');
  const stderr = createHash('sha256');
  const channel = await connection.exec(command, {
    onStdout: (chunk) => void stdout.update(chunk),
    onStderr: (chunk) => void stderr.update(chunk),
  });
  const seen = async () => {
    const result = await channel.result;
    return { result, stdout: stdout.digest('hex'), stderr: stderr.digest('hex') };
  };
  return { channel, seen };
}

/** Writes until a write does not resolve any more: `pending` is that one, `bytes` counts it too. */
export async function writeUntilStalled(
  channel: Channel,
): Promise<{ bytes: number; pending: Promise<void> }> {
  const chunk = Buffer.alloc(LIMITS.channelQueueBytesMax / 4);
  for (let bytes = chunk.length; ; bytes += chunk.length) {
    const pending = channel.write(chunk);
    const isTaken = await Promise.race([pending.then(() => true), delay(STALLED_MS, false)]);
    if (!isTaken) return { bytes, pending };
    if (bytes > 64 * 1024 * 1024) throw new Error('the node takes bytes without end');
  }
}

export function collector(): { sinks: ChannelSinks; text: () => string; first: Promise<void> } {
  const chunks: Buffer[] = [];
  const first = deferred();
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    first.resolve();
  };
  return {
    sinks: { onStdout: take, onStderr: take },
    text: () => Buffer.concat(chunks).toString(),
    first: first.promise,
  };
}

export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export function numbers(first: number, last: number): Buffer {
  return Buffer.from(`${Array.from({ length: last - first + 1 }, (_, index) => first + index).join('\n')}\n`);
}
