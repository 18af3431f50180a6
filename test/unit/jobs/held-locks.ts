/** The locks of a fleet, with runs that hold them as the test says. */
import { LockstepError } from '../../../src/core/errors.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { withResolvers } from '../../../src/core/waiting.ts';
import type { Hold } from '../../../src/jobs/remote/hold.ts';
import { Locks } from '../../../src/jobs/remote/locks.ts';
import type { Site } from '../../../src/jobs/types.ts';
import { requestSchema } from '../../../src/run/request/request.ts';
import type { Surroundings } from '../../../src/run/surroundings.ts';
import { quiet } from './rehearsal.ts';

/** `web1` and `root@WEB1` are one node, as an ssh_config might have it. */
function nodeOf({ host = '' }: Site): Node {
  const name = host.replace(/^root@/, '').toLowerCase();
  return { id: nodeId('root', name, 22), user: 'root', host: name, port: 22, given: host };
}

export const site = (host: string): Site => ({ name: host, host });

/** What is held, as `+web1 web2` when it is asked for and `-web1 web2` when it is gone. */
export function locksOf({ keep }: { keep?: readonly Site[] } = {}) {
  const told: string[] = [];
  const held = new Map<string, { open(): void; refuse(): void; lose(): void; gone(): void }>();
  const open = (request: { targets: { hosts: readonly string[] } }, here: Surroundings): Promise<Hold> => {
    const name = request.targets.hosts.join(' ');
    const nodes = request.targets.hosts.map((host) => nodeOf(site(host)));
    for (const other of held.keys())
      for (const host of nodes.map((node) => node.host))
        if (other.toLowerCase().includes(host)) told.push(`locked out of ${host}`);
    told.push(`+${name}`);
    const [opened, gone, over] = [withResolvers<Hold>(), withResolvers<void>(), new AbortController()];
    const leave = () => {
      if (held.delete(name)) told.push(`-${name}`);
      gone.resolve();
    };
    let release = () => {};
    const hold = {
      nodes,
      over: over.signal,
      gone: gone.promise,
      release: async () => {
        release();
        await gone.promise;
        return over.signal.reason as LockstepError | undefined;
      },
    } as unknown as Hold;
    held.set(name, {
      open: () => opened.resolve(hold),
      refuse: () => {
        leave();
        opened.reject(new LockstepError('locked', 'held by others'));
      },
      lose: () => over.abort(new LockstepError('lock-lost', 'lost')),
      gone: leave,
    });
    here.signal.addEventListener('abort', () => {
      leave();
      opened.reject(here.signal.reason);
    });
    release = () => told.push(`release ${name}`);
    return opened.promise;
  };
  const locks = new Locks({
    request: requestSchema.parse({ version: 1, work: { mode: 'lock', program: [] } }),
    around: (signal) => ({ signal }) as Surroundings,
    open,
    nodesOf: async (sites) => new Map(sites.map((one) => [one.name, nodeOf(one)])),
    keep: keep && (() => keep),
  });
  const { signal } = new AbortController();
  const take = async (...hosts: string[]) => {
    const taking = locks.open(hosts.map(site), { signal });
    taking.catch(() => {});
    await quiet();
    return { taking };
  };
  return { told, held, locks, take };
}
