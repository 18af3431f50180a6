/**
 * The part of the archive that has left the ring while a slow node still needs it. It lies in a spool file, which is opened at the
 * first need, and which a few nodes read at once.
 */
import { Turnstile } from '../core/at-once.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { UnlinkedFile } from '../core/unlinked-file.ts';
import type { RingChunk } from './ring.ts';

/** Opens a spool file. Most archives never need one. */
export type SpoolFactory = () => Promise<UnlinkedFile>;

interface OverflowSettings {
  readonly spool: SpoolFactory;
  /** Called once; nothing is written after that. */
  onSpoolFailed(why: unknown): void;
}

export class Overflow {
  readonly #settings: OverflowSettings;
  readonly #reads = new Turnstile(LIMITS.spoolReadsAtOnce);
  readonly #readBytesMax: number;
  #spool: UnlinkedFile | undefined;
  #isClosed = false;
  #hasFailed = false;
  #storedBytes = 0;

  constructor(settings: OverflowSettings, readers: number) {
    this.#settings = settings;
    const share = Math.floor(LIMITS.spoolReadBytesMax / Math.max(1, readers));
    this.#readBytesMax = Math.max(1, Math.min(LIMITS.archiveChunkBytes, share));
  }

  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Resolves with false when the disk does not take the chunk, or has refused one before. */
  async store(chunk: RingChunk): Promise<boolean> {
    if (this.#hasFailed) return false;
    try {
      this.#spool ??= await this.#settings.spool();
      await this.#spool.write(chunk.bytes, chunk.start);
      this.#storedBytes += chunk.bytes.length;
    } catch (thrown) {
      this.#hasFailed = true;
      this.#settings.onSpoolFailed(thrown);
    }
    // `close` may have been called while the spool was being opened: then nobody else closes it.
    if (this.#isClosed) this.close();
    return !this.#hasFailed;
  }

  /** At least one byte from the offset on, and none at or behind `end`. */
  read(offset: number, end: number): Promise<Buffer> {
    const length = Math.min(this.#readBytesMax, end - offset);
    return this.#reads.pass(async () => {
      if (this.#spool === undefined) throw new LockstepError('bug', 'bytes left the ring without a spool');
      try {
        return await this.#spool.read(offset, length);
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        throw new LockstepError('upload-failed', `cannot read the spool file: ${why}`, { causes: [thrown] });
      }
    });
  }

  /** Safe to call twice. It does not wait until the file is closed: a disk that hangs must not hold the run. */
  close(): void {
    this.#isClosed = true;
    this.#spool?.close().catch(() => {});
  }
}
