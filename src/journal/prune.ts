/** Keeps the journal within its bounds: it removes the oldest runs first, and never one at work. */
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../core/controller.ts';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import { EVENTS_NAME, HEAD_NAME, parseHead } from './head.ts';
import { oldestFirst } from './oldest-first.ts';

/** By the number of runs, or by the bytes that they take, for which it looks at every file. */
export async function prune(place: string, by: 'runs' | 'bytes'): Promise<void> {
  const runs = await oldestFirst(place);
  const surplus = by === 'runs' ? tooMany(runs) : await tooLarge(place, runs);
  for (const run of surplus) {
    const path = join(place, run);
    // Nothing behind a link is removed.
    if (!(await isAtWork(path))) await rm(path, { recursive: true, force: true });
  }
}

function tooMany(runs: readonly string[]): readonly string[] {
  return runs.length <= JOURNAL_LIMITS.runsMax ? [] : runs.slice(0, -JOURNAL_LIMITS.runsKept);
}

async function tooLarge(place: string, runs: readonly string[]): Promise<readonly string[]> {
  let left: number = JOURNAL_LIMITS.bytesMax;
  const surplus: string[] = [];
  for (const run of runs.toReversed()) {
    left -= await bytesOf(join(place, run));
    if (left < 0) surplus.push(run);
  }
  return surplus.reverse();
}

async function bytesOf(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = names.map(async (name) => (await lstat(join(directory, name)).catch(() => undefined))?.size);
  return (await Promise.all(sizes)).reduce<number>((sum, size = 0) => sum + roomOf(size), 0);
}

function roomOf(bytes: number): number {
  return Math.ceil(bytes / JOURNAL_LIMITS.blockBytes) * JOURNAL_LIMITS.blockBytes;
}

/** A run that cannot be seen from here counts as at work until it has been silent for days. */
async function isAtWork(path: string): Promise<boolean> {
  const text = await readFile(join(path, HEAD_NAME), 'utf8').catch(() => '');
  const head = parseHead(text);
  if (head === undefined) return false;
  return (await isAlive(head.controller)) ?? (await hasSpoken(path));
}

async function hasSpoken(path: string): Promise<boolean> {
  // The directory itself shows only when it got its files.
  const stats = await lstat(join(path, EVENTS_NAME)).catch(() => lstat(path).catch(() => undefined));
  return stats !== undefined && Date.now() - stats.mtimeMs < JOURNAL_LIMITS.unseenMs;
}
