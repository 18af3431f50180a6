/** Waiting output that does not fit in memory, in one temporary file. */
import { openUnlinked, type UnlinkedFile } from '../core/unlinked-file.ts';

/** A range of bytes in the file. */
export interface Extent {
  readonly position: number;
  readonly bytes: number;
}

export class Spill {
  #file: Promise<UnlinkedFile> | undefined;
  #endPosition = 0;
  #liveExtents = 0;

  /** Rejects when the disk is full. */
  async append(chunk: Buffer): Promise<Extent> {
    const position = this.#endPosition;
    this.#endPosition += chunk.length;
    this.#liveExtents++;
    await (await this.#open()).write(chunk, position);
    return { position, bytes: chunk.length };
  }

  /** Reads an extent, once; when none is left the file starts again from its beginning. */
  async take({ position, bytes }: Extent): Promise<Buffer> {
    const chunk = await (await this.#open()).read(position, bytes);
    this.forget({ position, bytes });
    return chunk;
  }

  /** Drops an extent that nobody will take. */
  forget(_extent: Extent): void {
    this.#liveExtents--;
    if (this.#liveExtents === 0) this.#endPosition = 0;
  }

  /** Never rejects: nobody needs the file's contents any more. */
  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  #open(): Promise<UnlinkedFile> {
    this.#file ??= openUnlinked();
    return this.#file;
  }
}
