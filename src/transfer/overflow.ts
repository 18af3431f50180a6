/** What left the ring while a slow node still needed it: the spool as the fan-out uses it, opened at the first need and read by a few at once. */
import { Turnstile } from '../core/at-once.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { UnlinkedFile } from '../core/unlinked-file.ts';
import type { RingChunk } from './ring.ts';

/** Called at the first need; most archives never need one. */
export type SpoolFactory = () => Promise<UnlinkedFile>;

interface OverflowSettings {
  readonly spool: SpoolFactory;
  /** After that the disk is not asked again. */
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

  /** False when the disk does not take it, now or at any time before. */
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
    // A spool that was opened while the run was stopped is closed by nobody else.
    if (this.#isClosed) this.close();
    return !this.#hasFailed;
  }

  /** Some of the bytes from an offset on, none at or behind `end`. */
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

  /** Safe to call twice. Not waited for: nothing is lost with it, and a disk that hangs must not hold the run. */
  close(): void {
    this.#isClosed = true;
    this.#spool?.close().catch(() => {});
  }
}
