/**
 * Reads the contents of collected files. A file that is no longer the one that was collected, or changes while it is read, ends
 * the upload with its name (promise F6).
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { FileEntry } from './entry.ts';

// Calls that may wait for a disk run in the thread pool, but for small files that come at once (`small-files.ts`). `fstat` and `close` do not wait; a trip through the pool would cost
// several times the call itself, which shows with thousands of small files.
const open = promisify(fs.open);
const read = promisify(fs.read);

/** A small file, whole, read on this thread, whatever it waits for. */
export function readNow(entry: FileEntry): Buffer {
  try {
    const descriptor = fs.openSync(entry.source, OPEN_FLAGS);
    try {
      const contents = Buffer.allocUnsafe(entry.size);
      for (let filled = 0; filled < contents.length; ) {
        const bytesRead = fs.readSync(descriptor, contents, filled, contents.length - filled, filled);
        if (bytesRead === 0) throw changed(entry);
        filled += bytesRead;
      }
      checkUnchanged(descriptor, entry);
      return contents;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (thrown) {
    throw told(entry, thrown);
  }
}

/** A small file, whole. One check is enough, after reading: it sees all that has happened before. */
export async function readWhole(entry: FileEntry): Promise<Buffer> {
  const descriptor = await onSource(entry, open(entry.source, OPEN_FLAGS));
  try {
    const contents = Buffer.allocUnsafe(entry.size);
    await fill(descriptor, contents, 0, entry);
    checkUnchanged(descriptor, entry);
    return contents;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A large file, block by block. Each block is a buffer of its own, so that it can be kept without a copy. */
export async function* readBlocks(entry: FileEntry): AsyncGenerator<Buffer> {
  const descriptor = await onSource(entry, open(entry.source, OPEN_FLAGS));
  try {
    checkUnchanged(descriptor, entry);
    for (let offset = 0; offset < entry.size; ) {
      const block = Buffer.allocUnsafeSlow(Math.min(LIMITS.archiveChunkBytes, entry.size - offset));
      await fill(descriptor, block, offset, entry);
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

async function fill(descriptor: number, target: Buffer, position: number, entry: FileEntry): Promise<void> {
  for (let filled = 0; filled < target.length; ) {
    const rest = target.length - filled;
    const { bytesRead } = await onSource(entry, read(descriptor, target, filled, rest, position + filled));
    if (bytesRead === 0) throw changed(entry);
    filled += bytesRead;
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

async function onSource<T>(entry: FileEntry, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw told(entry, thrown);
  }
}

function told(entry: FileEntry, thrown: unknown): LockstepError {
  if (thrown instanceof LockstepError) return thrown;
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (code !== undefined && CHANGED_CODES.has(code)) return changed(entry);
  return new LockstepError('upload-failed', `cannot read ${JSON.stringify(entry.source)}: ${message}`);
}
