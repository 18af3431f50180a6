/** The order of the runs of a journal, by their ids, which begin with the second (UTC) in which each began. */
import { readdir } from 'node:fs/promises';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import { secondOfRun } from '../core/run-id.ts';
import { RUN_NAME } from './head.ts';

/**
 * The ids of all runs. Those that began later than now did so under a clock that was wrong: they count as the oldest, or nobody
 * would mean another one by `last`, and they would stay for ever.
 */
export async function oldestFirst(place: string): Promise<string[]> {
  const names = (await readdir(place)).filter((name) => RUN_NAME.test(name)).sort();
  // `~` stands behind all that may follow.
  const latest = `${secondOfRun(Date.now() + JOURNAL_LIMITS.clockSkewMs)}~`;
  const firstWrong = names.findIndex((name) => name > latest);
  return firstWrong < 0 ? names : [...names.slice(firstWrong), ...names.slice(0, firstWrong)];
}
