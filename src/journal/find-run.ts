/** Reads the journal back: which runs it has, and what became of each. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, isOfThisBoot } from '../core/controller.ts';
import { LockstepError } from '../core/errors.ts';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import { codeOf, systemErrorText } from '../core/system-error.ts';
import { quoteInput } from '../text/quote-input.ts';
import { EVENTS_NAME, HEAD_NAME, type Head, parseHead, TORN_MODE } from './head.ts';
import { historyOf, isWork, parseEvents } from './history.ts';
import { oldestFirst } from './oldest-first.ts';
import type { EventLine, Past } from './past-run.ts';
import { checkOwn, findPlace } from './place.ts';

/** A run that has a head. */
export interface FoundRun {
  readonly head: Head;
  readonly path: string;
}

/** The journal of this account; undefined if it has none yet. Rejects with LockstepError `usage` for one that is not to be trusted. */
export async function openJournal(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  return findPlace(environment).catch((error: unknown) => {
    throw new LockstepError('usage', `the journal cannot be read: ${systemErrorText(error)}`, {
      hint: 'it lies in lockstep/runs below $XDG_STATE_HOME, else ~/.local/state, and is yours alone',
    });
  });
}

/** All runs, newest first. `onTorn`: hears of a directory of a run that has no whole head. */
export async function* newestFirst(
  place: string | undefined,
  onTorn: (path: string, why: unknown) => Promise<FoundRun | undefined> = async () => undefined,
): AsyncGenerator<FoundRun> {
  const names = (await namesIn(place)).reverse();
  while (place !== undefined && names.length > 0) {
    // The rest of a name is random.
    const second = names[0]?.slice(0, SECOND_CHARS) ?? '';
    const end = names.findIndex((name) => !name.startsWith(second));
    const found: FoundRun[] = [];
    for (const name of names.splice(0, end < 0 ? names.length : end)) {
      const path = join(place, name);
      const one = await foundAt(path).catch((why: unknown) => onTorn(path, why));
      if (one !== undefined) found.push(one);
    }
    yield* found.sort((one, other) => other.head.at.localeCompare(one.head.at));
  }
}

const SECOND_CHARS = '20261128T090807'.length;

/** `text`: an id, its unique beginning, `last`, or `-1` and so on, counted from the last. Rejects with LockstepError `usage`. */
export async function findRun(place: string | undefined, text: string): Promise<FoundRun> {
  const count = text === 'last' ? 1 : /^-[1-9]\d{0,5}$/.test(text) ? -Number(text) : undefined;
  if (count !== undefined) {
    let left = count;
    for await (const found of newestFirst(place, refuseTorn)) if (--left === 0) return found;
    throw missing(
      count === 1 ? 'there is no run in the journal' : `there are fewer than ${count} runs in the journal`,
    );
  }
  const names = (await namesIn(place)).filter((name) => text !== '' && name.startsWith(text));
  const [name, ...more] = names.includes(text) ? [text] : names;
  if (name === undefined || place === undefined)
    throw missing(`there is no run ${quoteInput(text)} in the journal`);
  if (more.length > 0) throw missing(`${quoteInput(text)} is the beginning of ${names.length} runs`);
  const path = join(place, name);
  const head = await readHead(path).catch((error: unknown) => {
    throw missing(`run ${name} cannot be read: ${systemErrorText(error)}`);
  });
  return { head, path };
}

/** One that begins just now may not have written its head. Other than that a run is missing, and those behind it would be counted wrongly. */
async function refuseTorn(path: string, why: unknown): Promise<FoundRun | undefined> {
  const isOurs = () =>
    checkOwn(path).then(
      () => true,
      () => false,
    );
  for (let waitedMs = 0; waitedMs < JOURNAL_LIMITS.headMs && (await isOurs()); waitedMs += HEAD_LOOK_MS) {
    const found = await foundAt(path).catch(() => undefined);
    if (found !== undefined) return found;
    await sleep(HEAD_LOOK_MS);
  }
  if (!(await isOurs())) return undefined;
  throw new LockstepError('usage', `run ${basename(path)} cannot be read: ${systemErrorText(why)}`, {
    hint: `was the disk full as it began? Name another run by its id, or remove ${quoteInput(path)}`,
  });
}

const HEAD_LOOK_MS = 50;

/** What became of it, as far as the journal says. */
export async function readRun(found: FoundRun): Promise<Past> {
  const { alive, isTorn, events } = await readEvents(found);
  const isWhole = !isTorn && (await isOfThisBoot(found.head.controller));
  return historyOf(found.head, events, alive, isWhole);
}

/** Whether it has begun work on nodes; in a rollout their turns. Where some line may be missing it may have. */
export async function hasBegun(found: FoundRun): Promise<'at-work' | 'begun' | 'idle'> {
  const { alive, isTorn, events } = await readEvents(found);
  const isOver = events.some(({ type }) => type === 'finished');
  if (!isOver && alive !== false) return 'at-work';
  if (isTorn || !(isOver || (await isOfThisBoot(found.head.controller)))) return 'begun';
  const isBegun = (event: EventLine) =>
    (event.type === 'node-begun' && event.phase === 'exec') ||
    (found.head.hasTurns !== true && isWork(event));
  return events.some(isBegun) ? 'begun' : 'idle';
}

/** The run in this directory. Rejects where there is none, or its head is not whole. */
export async function foundAt(path: string): Promise<FoundRun> {
  return { head: await readHead(path), path };
}

async function readEvents({ head, path }: FoundRun) {
  // First: a run that ends meanwhile has written its end.
  const alive = await isAlive(head.controller);
  const events = join(path, EVENTS_NAME);
  const text = await readFile(events, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw missing(`run ${head.run} cannot be read: ${systemErrorText(error)}`);
  });
  // Last: the run may mark it as torn meanwhile.
  const isTorn = text === undefined || ((await stat(events)).mode & 0o777) === TORN_MODE;
  return { alive, isTorn, events: parseEvents(text ?? '') };
}

async function namesIn(place: string | undefined): Promise<string[]> {
  return place === undefined ? [] : oldestFirst(place);
}

async function readHead(path: string): Promise<Head> {
  await checkOwn(path);
  const head = parseHead(await readFile(join(path, HEAD_NAME), 'utf8'));
  if (head === undefined) throw new Error(`${HEAD_NAME} is not whole`);
  return head;
}

function missing(message: string): LockstepError {
  return new LockstepError('usage', message, { hint: 'lockstep runs lists those that are there' });
}
