/**
 * Reads small files whole. A trip through the thread pool costs several times what is asked there, which shows with thousands of files: so
 * they are read on this thread as long as they come at once. What lies behind a network may never come, and Ctrl-C must be heard then.
 */
import { statfsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { SOURCE_LIMITS } from '../core/limits/sources.ts';
import type { FileEntry } from './entry.ts';
import { HERE, readWhole } from './source.ts';

/** What a file is read from. */
export interface Disk {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Whether it lies on a disk of this machine. */
  isNear(entry: FileEntry): boolean;
  readHere(entry: FileEntry): Promise<Buffer>;
  readInPool(entry: FileEntry): Promise<Buffer>;
}

export class SmallFiles {
  readonly #disk: Disk;
  /** Devices, and whether they are of this machine. */
  readonly #near = new Map<bigint, boolean>();
  #turnMs: number;
  #pooledLeft = 0;

  constructor(disk = realDisk) {
    this.#disk = disk;
    this.#turnMs = disk.clock.monotonicMs();
  }

  /** Rejects with a LockstepError that names the file. */
  async read(entry: FileEntry): Promise<Buffer> {
    const { clock } = this.#disk;
    if (!this.#isNear(entry)) return this.#disk.readInPool(entry);
    if (this.#pooledLeft > 0) {
      this.#pooledLeft -= 1;
      return this.#disk.readInPool(entry);
    }
    // What has been read is sent meanwhile.
    if (clock.monotonicMs() - this.#turnMs > SOURCE_LIMITS.turnMs) {
      await nextTurn();
      this.#turnMs = clock.monotonicMs();
    }
    const startedMs = clock.monotonicMs();
    const contents = await this.#disk.readHere(entry);
    if (clock.monotonicMs() - startedMs > SOURCE_LIMITS.waitMs) this.#pooledLeft = SOURCE_LIMITS.pooled;
    return contents;
  }

  #isNear(entry: FileEntry): boolean {
    const known = this.#near.get(entry.dev);
    if (known !== undefined) return known;
    const isNear = this.#disk.isNear(entry);
    this.#near.set(entry.dev, isNear);
    return isNear;
  }
}

const realDisk: Disk = {
  clock: systemClock,
  isNear({ source }) {
    try {
      return NEAR.has(statfsSync(source).type);
    } catch {
      return false;
    }
  },
  readHere: (entry) => readWhole(entry, HERE),
  readInPool: (entry) => readWhole(entry),
};

/** By what Linux calls them: ext2 to ext4, xfs, btrfs, f2fs, bcachefs, zfs, tmpfs, and the overlay of containers. */
const NEAR = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0xca451a4e, 0x2fc12fc1, 0x01021994, 0x794c7630,
]);
