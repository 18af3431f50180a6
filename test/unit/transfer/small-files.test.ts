import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SOURCE_LIMITS } from '../../../src/core/limits/sources.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import type { FileEntry } from '../../../src/transfer/entry.ts';
import { type Disk, SmallFiles } from '../../../src/transfer/small-files.ts';
import { inTemporary, makeTree } from './trees.ts';

const { pooled, turnMs, waitMs } = SOURCE_LIMITS;

/** Notes where each file was read; each read takes so long. */
class FakeDisk implements Disk {
  readonly places: string[] = [];
  readMs = 0;
  near: (entry: FileEntry) => boolean = () => true;
  #nowMs = 0;
  readonly clock = { monotonicMs: () => this.#nowMs };

  isNear(entry: FileEntry): boolean {
    this.places.push('asked');
    return this.near(entry);
  }

  async readHere(): Promise<Buffer> {
    this.places.push('here');
    this.#nowMs += this.readMs;
    return Buffer.from('here');
  }

  async readInPool(): Promise<Buffer> {
    this.places.push('pool');
    return Buffer.from('pool');
  }
}

const fileOn = (dev: bigint) => ({ type: 'file', dev }) as FileEntry;

it('small files that come at once are read on this thread, and each device is looked at once', async () => {
  const disk = new FakeDisk();
  const files = new SmallFiles(disk);
  for (const dev of [1n, 1n, 2n, 1n]) await files.read(fileOn(dev));
  expect(disk.places).toEqual(['asked', 'here', 'here', 'asked', 'here', 'here']);
});

it('what lies behind a network is never read on this thread: it may never come', async () => {
  const disk = new FakeDisk();
  disk.near = ({ dev }) => dev === 1n;
  const files = new SmallFiles(disk);
  for (const dev of [2n, 1n, 2n]) await files.read(fileOn(dev));
  expect(disk.places.filter((place) => place !== 'asked')).toEqual(['pool', 'here', 'pool']);
});

it('behind a file that had to be waited for some are read in the pool, and then the disk is tried again', async () => {
  const disk = new FakeDisk();
  const files = new SmallFiles(disk);
  disk.readMs = waitMs + 0.1;
  for (let count = 0; count < pooled + 2; count++) await files.read(fileOn(1n));
  expect(disk.places.slice(1)).toEqual(['here', ...Array<string>(pooled).fill('pool'), 'here']);
});

it('others have their turn between files, however many come at once', async () => {
  const disk = new FakeDisk();
  const files = new SmallFiles(disk);
  disk.readMs = waitMs / 2;
  let turns = 0;
  const others = {
    immediate: setImmediate(function turn() {
      turns++;
      others.immediate = setImmediate(turn);
    }),
  };
  const inOneTurn = (2 * turnMs) / waitMs + 1;
  for (let count = 0; count < 40 * inOneTurn; count++) await files.read(fileOn(1n));
  clearImmediate(others.immediate);
  expect(disk.places).not.toContain('pool');
  expect(turns).toBeGreaterThan(30);
});

it('F6: a small file is as it was collected, wherever it is read', () =>
  inTemporary(async (directory) => {
    makeTree(directory, [{ path: 'a', type: 'file', contents: 'what was meant' }]);
    const { entries } = await collectFiles({ words: [directory], relative: false, cwd: '/' });
    const entry = entries.find(({ type }) => type === 'file') as FileEntry;
    expect(String(await new SmallFiles().read(entry))).toBe('what was meant');
    makeTree(directory, [{ path: 'a', type: 'file', contents: 'somebody wrote more' }]);
    const refused = { code: 'source-changed', message: expect.stringContaining(join(directory, 'a')) };
    await expect(new SmallFiles().read(entry)).rejects.toMatchObject(refused);
  }));
