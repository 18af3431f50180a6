/** Where rollouts that are at work have their doors to other terminals: sockets beside the runs of the journal, each by the run's id. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './controller.ts';
import { HEAD_NAME, parseHead, RUN_NAME } from './head.ts';
import { checkOwn, findPlace, makePlace } from './place.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The path of one, in a directory that is there; undefined for an account without a home. What runs that were killed have left is removed. */
export async function makeDoor(environment: Environment, run: string): Promise<string | undefined> {
  const [place, runs] = await Promise.all([makePlace(environment, 'doors'), makePlace(environment)]);
  if (place === undefined || runs === undefined) return undefined;
  await checkOwn(place, true);
  for (const name of await readdir(place)) {
    if (name !== run && RUN_NAME.test(name) && (await isGone(join(runs, name))))
      await rm(join(place, name), { force: true });
  }
  return join(place, run);
}

/** Undefined where no run can have one. */
export async function findDoor(environment: Environment, run: string): Promise<string | undefined> {
  const place = await findPlace(environment, 'doors');
  return place === undefined ? undefined : join(place, run);
}

async function isGone(path: string): Promise<boolean> {
  const head = parseHead(await readFile(join(path, HEAD_NAME), 'utf8').catch(() => ''));
  return head === undefined || (await isAlive(head.controller)) === false;
}
