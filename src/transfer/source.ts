/**
 * Reads the contents of collected files. A file that is no longer the one that was collected, or changes while it is read, ends
 * the upload with its name (promise F6).
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { FileEntry } from './entry.ts';

/** How the calls that may wait for a disk are made. `fstat` and `close` do not wait. */
export interface Calls {
  open(path: string, flags: number): number | Promise<number>;
  /** Resolves with how many bytes were read. */
  read(
    descriptor: number,
    target: Buffer,
    offset: number,
    length: number,
    position: number,
  ): number | Promise<number>;
}

/** On this thread, whatever they wait for: a trip through the thread pool costs several times the call itself. */
export const HERE: Calls = { open: fs.openSync, read: fs.readSync };

const IN_POOL: Calls = {
  open: promisify(fs.open),
  read: async (...words) => (await read(...words)).bytesRead,
};
const read = promisify(fs.read);

/** A small file, whole. One check is enough, after reading: it sees all that has happened before. */
export async function readWhole(entry: FileEntry, calls = IN_POOL): Promise<Buffer> {
  const descriptor = await onSource(entry, () => calls.open(entry.source, OPEN_FLAGS));
  try {
    const contents = Buffer.allocUnsafe(entry.size);
    await fill({ descriptor, entry, calls }, contents, 0);
    checkUnchanged(descriptor, entry);
    return contents;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A large file, block by block. Each block is a buffer of its own, so that it can be kept without a copy. */
export async function* readBlocks(entry: FileEntry): AsyncGenerator<Buffer> {
  const descriptor = await onSource(entry, () => IN_POOL.open(entry.source, OPEN_FLAGS));
  try {
    checkUnchanged(descriptor, entry);
    for (let offset = 0; offset < entry.size; ) {
      const block = Buffer.allocUnsafeSlow(Math.min(LIMITS.archiveChunkBytes, entry.size - offset));
      await fill({ descriptor, entry, calls: IN_POOL }, block, offset);
      offset += block.length;
      if (offset === entry.size) checkUnchanged(descriptor, entry);
      yield block;
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/** O_NONBLOCK: to open a named pipe that somebody has put in the file's place must not wait for a writer. */
const OPEN_FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

interface Opened {
  readonly descriptor: number;
  readonly entry: FileEntry;
  readonly calls: Calls;
}

async function fill({ descriptor, entry, calls }: Opened, target: Buffer, position: number): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    const [rest, at] = [target.length - filled, position + filled];
    const bytes = await onSource(entry, () => calls.read(descriptor, target, filled, rest, at));
    if (bytes === 0) throw changed(entry);
    filled += bytes;
  }
}

function checkUnchanged(descriptor: number, entry: FileEntry): void {
  const { dev, ino, size, mtimeNs } = fs.fstatSync(descriptor, { bigint: true });
  const isSame =
    dev === entry.dev && ino === entry.ino && mtimeNs === entry.mtimeNs && size === BigInt(entry.size);
  if (!isSame) throw changed(entry);
}

function changed(entry: FileEntry): LockstepError {
  return new LockstepError(
    'source-changed',
    `${JSON.stringify(entry.source)} changed while it was being sent`,
  );
}

/** `collect.ts` found a readable file at the path, so these errors mean that somebody has changed it since. */
const CHANGED_CODES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EISDIR', 'ENXIO']);

async function onSource<T>(entry: FileEntry, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code !== undefined && CHANGED_CODES.has(code)) throw changed(entry);
    throw new LockstepError('upload-failed', `cannot read ${JSON.stringify(entry.source)}: ${message}`);
  }
}
