/** A run on connections of its own: looks up all that it needs on this machine, and then tells the story. */

import { Routes } from '../ssh/config/routes.ts';
import { type Run, tellNodes, whilePreparing } from './begin.ts';
import { modeOf } from './modes/modes.ts';
import { partOfWhole } from './repeat.ts';
import { stdinOf } from './request/work.ts';
import { askedGroups, findRollout, openRolloutFile, refuseRollout } from './rollout/find-rollout.ts';
import { readBecome } from './start/become.ts';
import { collect } from './start/collect.ts';
import { createIdentity } from './start/identity.ts';
import { openInput } from './start/input.ts';
import { openHosts, resolveNodes } from './start/resolve.ts';
import { tellSources } from './start/sources.ts';
import { findWays } from './start/ways.ts';
import { tellStory } from './story.ts';

export async function runAlone(run: Run): Promise<void> {
  const { work } = run.request;
  const mode = modeOf(work);
  mode.ready?.(work, run.here);
  if ('tellHere' in mode) return mode.tellHere(await whilePreparing(run, findWays(run)), run);
  if (run.request.rollout.isPlan) return (await import('./rollout/tell-plan.ts')).tellPlan(run);
  await tellStory(run, await whilePreparing(run, prepare(run)));
}

/** After this, every mistake that shows before the first connection has become an error. */
async function prepare(run: Run) {
  const { request, here } = run;
  const { work, targets } = request;
  const opened = await openRolloutFile(request, here);
  const collection = await collect(work, here);
  const stdin = stdinOf(work);
  const input = stdin === undefined ? undefined : await openInput(stdin, here);
  await tellSources(run, collection);
  const hosts = await openHosts(request.connect, here);
  const { whole } = here;
  const found = await resolveNodes(
    whole === undefined ? targets : { ...targets, hosts: [whole.target] },
    here,
    {
      hosts,
      groups: askedGroups(request),
      needsCatalogue: opened?.needsGroups,
    },
  );
  const { groups } = found;
  const rollout = findRollout(request, { ...found, opened }, run.tell);
  const { nodes, down } = partOfWhole(found.nodes, whole, rollout?.unreachable);
  if (rollout !== undefined) refuseRollout(rollout, request, here);
  run.progress.rollout = rollout;
  run.progress.down = down;
  run.progress.hooks = opened?.hooks;
  await tellNodes(run, nodes);
  const become = await readBecome(request.connect, here, { nodes, groups });
  const routes = await Routes.open(hosts, nodes);
  const transport = await here.openTransport(request, { ...here, nodes, routes });
  return { ...transport, identity: await createIdentity(here), become, collection, input };
}
