/** Finds the nodes of sites: by ssh_config two texts may mean one node. */
import type { Node } from '../../core/node.ts';
import { stamped } from '../../core/stamp.ts';
import type { RunRequest } from '../../run/request/request.ts';
import { openHosts, resolveNodes } from '../../run/start/resolve.ts';
import type { Surroundings } from '../../run/surroundings.ts';
import type { Site } from '../types.ts';
import { targetOf, textOf } from './places.ts';

/** By the names of sites. Connects to nothing. Rejects with LockstepError `usage`. */
export async function findNodes(
  sites: readonly Site[],
  { targets, connect }: RunRequest,
  around: Surroundings,
): Promise<ReadonlyMap<string, Node>> {
  // Silent: the run that takes their locks says what there is to say of these targets.
  const here = { ...around, ...stamped({ ...around, tell() {} }, () => around.clock.wallMs()) };
  const texts = new Map(sites.map((site) => [site.name, textOf(targetOf(site))]));
  const hosts = [...new Set(texts.values())];
  const groups = hosts.map((text) => ({ text, source: 'a site' }));
  const known = await openHosts(connect, here);
  const found = await resolveNodes({ ...targets, hosts }, here, { hosts: known, groups });
  return new Map(
    [...texts].flatMap(([name, text]) => {
      const [node] = found.groups.get(text) ?? [];
      return node === undefined ? [] : [[name, { ...node, given: text }] as const];
    }),
  );
}
