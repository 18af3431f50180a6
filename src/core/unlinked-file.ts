/** A temporary file without a name: nobody else can open it, and it goes with the process. Only the disk bounds it. */
import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface UnlinkedFile {
  /** Rejects when the disk is full. */
  write(bytes: Buffer, offset: number): Promise<void>;
  /** Reads exactly `length` bytes, which must have been written. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** In /var/tmp, since /tmp is often memory; TMPDIR wins. */
export async function openUnlinked(
  directory = process.env.TMPDIR === undefined ? '/var/tmp' : tmpdir(),
): Promise<UnlinkedFile> {
  const path = join(directory, `lockstep-${randomBytes(16).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return {
    async write(bytes, offset) {
      for (let written = 0; written < bytes.length; ) {
        const rest = bytes.length - written;
        written += (await file.write(bytes, written, rest, offset + written)).bytesWritten;
      }
    },
    async read(offset, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw new Error('a temporary file is shorter than what was written to it');
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
