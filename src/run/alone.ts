/** A run on connections of its own: all that is looked up on this machine, and then the story. */

import { Routes } from '../ssh/config/routes.ts';
import { type Run, tellNodes, whilePreparing } from './begin.ts';
import { modeOf } from './modes/modes.ts';
import { askedGroups, findRollout } from './rollout/find-rollout.ts';
import { readBecome } from './start/become.ts';
import { collect } from './start/collect.ts';
import { createIdentity } from './start/identity.ts';
import { openInput } from './start/input.ts';
import { openHosts, resolveNodes } from './start/resolve.ts';
import { findWays } from './start/ways.ts';
import { tellStory } from './story.ts';
import { stdinOf } from './work-request.ts';

export async function runAlone(run: Run): Promise<void> {
  const { work } = run.request;
  const mode = modeOf(work);
  mode.ready?.(work, run.here);
  if ('tellHere' in mode) return mode.tellHere(await whilePreparing(run, findWays(run)), run);
  await tellStory(run, await whilePreparing(run, prepare(run)));
}

/** Every mistake that can be seen before the first connection is an error by then. */
async function prepare(run: Run) {
  const { request, here } = run;
  const { work, targets } = request;
  const collection = await collect(work, here);
  const stdin = stdinOf(work);
  const input = stdin === undefined ? undefined : await openInput(stdin, here);
  const hosts = await openHosts(request.connect, here);
  const { nodes, groups } = await resolveNodes(targets, here, { hosts, groups: askedGroups(request) });
  run.progress.rollout = findRollout(request, { nodes, groups }, run.tell);
  await tellNodes(run, nodes);
  const become = await readBecome(request.connect, here, { nodes, groups });
  const routes = await Routes.open(hosts, nodes);
  const opened = await here.openTransport(request, { ...here, nodes, routes });
  return { ...opened, identity: await createIdentity(here), become, collection, input };
}
