/**
 * Opens stdout and stderr for writes that never block: not the event loop, and not a thread of the pool either,
 * since the end of the process would wait for that thread.
 */
import fs from 'node:fs';
import net from 'node:net';
import tty from 'node:tty';
import type { WriteSome } from './write-queue.ts';

export interface Descriptor {
  readonly isTTY: boolean;
  /** A pipe or socket: another program reads it. */
  readonly isPipe: boolean;
  /** Equal for two descriptors of one file, as after `2>&1`. */
  readonly fileId: string;
  readonly writeSome: WriteSome;
}

export function openDescriptor(number: number): Descriptor {
  const isTTY = tty.isatty(number);
  const stat = statOrUndefined(number);
  const fileId = stat === undefined ? `closed ${number}` : `${stat.dev}:${stat.ino}:${stat.rdev}`;
  const isPipe = stat !== undefined && (stat.isFIFO() || stat.isSocket());
  return { isTTY, isPipe, fileId, writeSome: openWriter(number, { isTTY, stat }) };
}

function openWriter(
  number: number,
  { isTTY, stat }: { isTTY: boolean; stat: fs.Stats | undefined },
): WriteSome {
  const isPipe = stat?.isFIFO() ?? false;
  const reopened = isTTY || isPipe ? reopenNonBlocking(number) : undefined;
  if (reopened !== undefined) return writeTo(reopened);
  return isPipe || stat?.isSocket() ? writeToSocket(number) : writeTo(number);
}

/**
 * A second open file, only lockstep's: O_NONBLOCK on the inherited one would also affect the programs that share it.
 * Undefined without /proc, or if the terminal belongs to another user.
 */
function reopenNonBlocking(number: number): number | undefined {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  try {
    return fs.openSync(`/proc/self/fd/${number}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}

function writeTo(number: number): WriteSome {
  return (bytes, done) => fs.write(number, bytes, 0, bytes.length, null, done);
}

/** A socket, as a child of another program may have, cannot be reopened; node's own writes on it are asynchronous. */
function writeToSocket(number: number): WriteSome {
  const socket = new net.Socket({ fd: number, readable: false, writable: true });
  // Each write learns of its error by itself; without a listener the event would end the process.
  socket.on('error', () => {});
  return (bytes, done) => socket.write(bytes, (error) => done(error ?? null, error ? 0 : bytes.length));
}

function statOrUndefined(number: number): fs.Stats | undefined {
  try {
    return fs.fstatSync(number);
  } catch {
    return undefined;
  }
}
