/** Reads small files that people write, and says why it cannot. */
import { open } from 'node:fs/promises';
import { systemErrorText } from '../core/system-error.ts';

/** How reading a small file ended; `reason` is for people. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string; readonly mode: number; readonly ownerId: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads a file whole, unless it is longer than `bytesMax`. Never rejects. */
export async function readSmallFile(path: string, bytesMax: number): Promise<FileText> {
  try {
    await using file = await open(path, 'r');
    const { mode, uid } = await file.stat();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return { kind: 'unreadable', reason: `longer than ${bytesMax} bytes` };
      chunks.push(chunk);
    }
    return { kind: 'text', text: Buffer.concat(chunks).toString('utf8'), mode, ownerId: uid };
  } catch (error) {
    return describe(error as NodeJS.ErrnoException);
  }
}

function describe(error: NodeJS.ErrnoException): FileText {
  // ENOTDIR: the path leads through a file, as with HOME=/dev/null.
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return { kind: 'missing' };
  if (error.code === 'EACCES') return { kind: 'unreadable', reason: 'permission denied' };
  if (error.code === 'EISDIR') return { kind: 'unreadable', reason: 'it is a directory' };
  return { kind: 'unreadable', reason: systemErrorText(error) };
}
