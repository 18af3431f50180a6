/**
 * Opens the file of `-i`. It reads a terminal, pipe or socket without blocking, since a read that waits in libuv's pool
 * keeps the process from exiting after the commands have ended.
 */
import { createReadStream, fstatSync, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { promisify } from 'node:util';
import { LockstepError } from '../../core/errors.ts';
import { STDIN_PATHS } from '../../core/surroundings.ts';
import type { Surroundings } from '../surroundings.ts';

/** Rejects with a usage error when the file cannot be read. Destroying the stream closes it. */
export async function openInput(path: string, here: Pick<Surroundings, 'stdin'>): Promise<Readable> {
  if (STDIN_PATHS.includes(path)) return here.stdin();
  try {
    const descriptor = await promisify(open)(path, 'r');
    return streamOf(descriptor);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `can't open the file for stdin: '${path}': ${reason}`;
    throw new LockstepError('usage', text, path === '-' ? { hint: 'stdin is -i /dev/stdin' } : {});
  }
}

/** Throws for a directory. */
export function streamOf(descriptor: number): Readable {
  const stats = fstatSync(descriptor);
  if (stats.isDirectory()) throw new Error('it is a directory');
  if (isatty(descriptor)) return new TerminalStream(descriptor);
  if (stats.isFIFO() || stats.isSocket())
    return new Socket({ fd: descriptor, readable: true, writable: false });
  return createReadStream('', { fd: descriptor, highWaterMark: 256 * 1024 });
}
