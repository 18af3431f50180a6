/** Fleets of the library for the tests on real nodes. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createFleet, type Fleet, type FleetOptions } from '../../src/jobs/index.ts';
import type { Farm } from '../farm/farm.ts';
import { startScene, untilAtRest } from './scene.ts';

/** A farm of three nodes for all tests of a file. Each test ends with nodes at rest. */
export function startFleetScene(take: (farm: Farm) => void): void {
  let farm: Farm;
  beforeAll(async () => {
    farm = await startScene(3);
    take(farm);
  });
  afterAll(() => farm?.stop());
  afterEach(() => untilAtRest(farm.nodes));
}

/** How the nodes of a farm are reached, whatever this account has of its own. */
export function connectTo(farm: Farm) {
  return { sshConfig: 'none', keyFile: farm.keyPath, knownHostsFile: join(farm.home, 'known_hosts') };
}

/** Three sites, A, B and C, each on a host of its own. */
export function fleetOn(farm: Farm, options: FleetOptions = {}, user = 'root'): Fleet {
  const made = createFleet({
    connect: connectTo(farm),
    times: { killGraceMs: 1_000 },
    environment: { PATH: process.env.PATH, HOME: farm.home },
    ...options,
  });
  for (const [at, { host }] of farm.nodes.entries()) made.sites.add('ABC'[at] ?? '', 'all', { host, user });
  return made;
}
