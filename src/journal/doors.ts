/** Where rollouts that are at work have their doors to other terminals: sockets beside the runs of the journal, each by the run's id. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '../core/errors.ts';
import { systemErrorText } from '../core/system-error.ts';
import { isAlive } from './controller.ts';
import { HEAD_NAME, parseHead, RUN_NAME } from './head.ts';
import { checkOwn, findPlace, makePlace } from './place.ts';
import { checkWay } from './way.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The path of one, in a directory that is there; undefined where there is no journal by which it would be found. What runs that were
 * killed have left is removed. Rejects where others could put a door of theirs there.
 */
export async function makeDoor(environment: Environment, run: string): Promise<string | undefined> {
  // Why there is none the journal tells.
  const runs = await makePlace(environment).catch(() => undefined);
  const place = runs === undefined ? undefined : await makePlace(environment, 'doors');
  if (place === undefined || runs === undefined) return undefined;
  await checkDoors(place);
  for (const name of await readdir(place)) {
    if (name !== run && RUN_NAME.test(name) && (await isGone(join(runs, name))))
      await rm(join(place, name), { force: true });
  }
  return join(place, run);
}

/** Undefined where no run can have one. Rejects with LockstepError `usage` where it could be somebody else's. */
export async function findDoor(environment: Environment, run: string): Promise<string | undefined> {
  try {
    const place = await findPlace(environment, 'doors');
    if (place === undefined) return undefined;
    await checkDoors(place);
    return join(place, run);
  } catch (error) {
    const message = `the door of run ${run} may be somebody else's: ${systemErrorText(error)}`;
    throw new LockstepError('usage', message, {
      hint: 'it lies in lockstep/doors below $XDG_STATE_HOME, else ~/.local/state, where others may change nothing',
    });
  }
}

/** Both who opens a door and who looks for one: whoever speaks behind it is this account, or root. */
async function checkDoors(place: string): Promise<void> {
  await checkOwn(place, true);
  await checkWay(place);
}

async function isGone(path: string): Promise<boolean> {
  const head = parseHead(await readFile(join(path, HEAD_NAME), 'utf8').catch(() => ''));
  return head === undefined || (await isAlive(head.controller)) === false;
}
