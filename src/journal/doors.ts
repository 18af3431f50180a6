/** Where rollouts at work have their doors to other terminals: sockets beside the runs of the journal, each by its run's id. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../core/controller.ts';
import { LockstepError } from '../core/errors.ts';
import { systemErrorText } from '../core/system-error.ts';
import { HEAD_NAME, parseHead, RUN_NAME } from './head.ts';
import { checkOwn, findPlace, makePlace } from './place.ts';
import { checkWay } from './way.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the path for a door, in a directory that exists; undefined without a journal, by which others would find it.
 * Removes the doors of killed runs. Rejects if others could put a door of theirs there.
 */
export async function makeDoor(environment: Environment, run: string): Promise<string | undefined> {
  // The journal itself says why there is none.
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

/** Undefined if no run can have one. Rejects with LockstepError `usage` if it could be somebody else's. */
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

/** Both those who open a door and those who look for one check that only this account, or root, can be behind it. */
async function checkDoors(place: string): Promise<void> {
  await checkOwn(place, true);
  await checkWay(place);
}

async function isGone(path: string): Promise<boolean> {
  const head = parseHead(await readFile(join(path, HEAD_NAME), 'utf8').catch(() => ''));
  return head === undefined || (await isAlive(head.controller)) === false;
}
