/** One unlinked temporary file for output that has to wait and does not fit in memory; disk space is its only bound. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where bytes lie in the file. */
export interface Extent {
  readonly position: number;
  readonly bytes: number;
}

export class Spill {
  #file: Promise<FileHandle> | undefined;
  #endPosition = 0;
  #liveExtents = 0;

  /** Rejects when the disk is full. */
  async append(chunk: Buffer): Promise<Extent> {
    const position = this.#endPosition;
    this.#endPosition += chunk.length;
    this.#liveExtents++;
    const file = await this.#open();
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
      written += bytesWritten;
    }
    return { position, bytes: chunk.length };
  }

  /** Reads an extent, once; when none is left the file is used again from its beginning. */
  async take({ position, bytes }: Extent): Promise<Buffer> {
    const file = await this.#open();
    const chunk = Buffer.allocUnsafe(bytes);
    for (let read = 0; read < bytes; ) {
      const { bytesRead } = await file.read(chunk, read, bytes - read, position + read);
      if (bytesRead === 0) throw new Error('the temporary file for waiting output was cut short');
      read += bytesRead;
    }
    this.forget({ position, bytes });
    return chunk;
  }

  /** An extent that nobody will take. */
  forget(_extent: Extent): void {
    this.#liveExtents--;
    if (this.#liveExtents === 0) this.#endPosition = 0;
  }

  /** Never rejects: whatever is in the file, nobody needs it any more. */
  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  #open(): Promise<FileHandle> {
    this.#file ??= openUnlinked();
    return this.#file;
  }
}

/** No other account can open it (its directory is ours alone), and it is gone when the process is. */
async function openUnlinked(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-'));
  try {
    return await open(join(directory, 'output'), 'wx+', 0o600);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
