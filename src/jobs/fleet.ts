/** A fleet: sites, the jobs that run on them, and the locks and connections that these need. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../core/clock.ts';
import type { Tell } from '../core/events.ts';
import { JOBS_LIMITS } from '../core/limits/jobs.ts';
import { parseRequest } from '../run/request/read-request.ts';
import type { RunRequest } from '../run/request/request.ts';
import type { Surroundings } from '../run/surroundings.ts';
import { sanitiseText } from '../text/sanitise.ts';
import { createJobs } from './create-jobs.ts';
import type { Fleet, FleetOptions } from './fleet-options.ts';
import type { JobEvent } from './job-types.ts';
import { openHold } from './remote/hold.ts';
import { Locks } from './remote/locks.ts';
import { AskedPassword } from './remote/passwords.ts';
import { shellGround } from './remote/shell-ground.ts';
import { surroundingsOf } from './remote/surroundings.ts';
import { handTo, isPromise, writeLine } from './tell/sinks.ts';
import { lineOf } from './tell/tell-text.ts';
import type { Sink, SiteConfig } from './types.ts';

/**
 * Makes a fleet without sites and jobs. It connects when a schedule runs on a site with a host, or when a shell of one
 * runs a command; each schedule holds the lock of all its hosts from its first action to its last. `close` it in the
 * end: that ends all work, and leaves no timer, socket, listener or process behind. Throws LockstepError `usage` for
 * bad options.
 */
export function createFleet(options: FleetOptions = {}): Fleet {
  return fleetFor(requestOf(options), options);
}

/** `hear`: gets what the runs that hold the locks tell. */
export function fleetFor(request: RunRequest, options: FleetOptions, hear?: Tell): Fleet {
  const around = aroundOf(options, hear);
  const locks = new Locks({
    request,
    around,
    open: openHold,
    async nodesOf(sites, signal) {
      const { findNodes } = await import('./sites/find-nodes.ts');
      return findNodes(sites, request, around(signal));
    },
    keep: options.keepsLock === true ? () => known() : undefined,
  });
  const jobs = createJobs({
    ...{ signal: options.signal, check: options.check, killGraceMs: request.times.killGraceMs },
    open: (sites, asked) => locks.open(sites, asked),
    tell: tellerOf(options),
  });
  const { sites } = jobs;
  const known = () => sites.names().flatMap((name) => sites.get(name) ?? []);
  return {
    ...jobs,
    shell(host, config = {}) {
      const site = (host === undefined ? null : sites.get(host)) ?? siteOf(host, config);
      return site.host === undefined ? jobs.shellOn(site) : jobs.shellOn(site, shellGround(locks, site));
    },
    async addTargets(targets, config) {
      const { findTargets } = await import('./sites/find-targets.ts');
      const here = aroundOf(options)(new AbortController().signal);
      const found = await findTargets({ ...request, targets: { ...request.targets, hosts: targets } }, here);
      for (const { name, roles, host } of found) sites.add(name, roles, { ...config, host });
      return found.map(({ name }) => name);
    },
    async close() {
      await jobs.close();
      await locks.close();
    },
  };
}

function siteOf(host: string | undefined, config: SiteConfig) {
  return host === undefined ? { name: 'localhost', ...config } : { ...config, name: host, host };
}

/** Throws LockstepError `usage`, which names the option. */
function requestOf({ connect, lock, times, user, inventory }: FleetOptions): RunRequest {
  // The sites take the place of this one.
  const targets = { hosts: ['localhost'], user, inventory };
  return parseRequest(
    JSON.stringify({ version: 1, targets, connect, lock, times, work: { mode: 'lock', program: [] } }),
  );
}

function aroundOf(options: FleetOptions, hear?: Tell): (signal: AbortSignal) => Surroundings {
  const { askPassword: secret, environment = process.env, log } = options;
  const ask = secret === undefined ? undefined : { secret, confirm: async () => false };
  const marker = `lockstep-${randomBytes(8).toString('hex')}`;
  const { passwordTriesMax: triesMax, passwordMs: patienceMs } = JOBS_LIMITS;
  const password =
    secret && new AskedPassword({ ask: secret, marker, triesMax, patienceMs, clock: systemClock });
  return (signal) =>
    surroundingsOf({
      ...{ environment, signal, ask },
      ...(password === undefined ? {} : { sudoPassword: () => password }),
      tell(event) {
        hear?.(event);
        if (event.type !== 'log' || event.level === 'debug' || event.level === 'trace') return;
        const line = `${event.node === undefined ? '' : `${event.node.id} `}${event.message}`;
        // A schedule fails when it cannot write its own lines, but the run that holds its lock must give that back in any case.
        writeLine(log, sanitiseText(line), () => {});
      },
    });
}

/** Each sink gets the output that is meant for it. */
function tellerOf({ onEvent, log, stdout, stderr }: FleetOptions): (event: JobEvent) => void | Promise<void> {
  const streams: Readonly<Record<'stdout' | 'stderr', Sink | undefined>> = { stdout, stderr };
  const passOn = ({ stream, chunk }: Extract<JobEvent, { type: 'output' }>) => {
    const sink = streams[stream];
    return sink && handTo(sink, chunk);
  };
  const writeTo = (sink: Sink | undefined, line: string | undefined) =>
    line === undefined ? undefined : sink?.write(`${line}\n`);
  return (event) => {
    const heard: unknown = onEvent?.(event);
    const taken = event.type === 'output' ? passOn(event) : writeTo(log, lineOf(event));
    const promises = [heard, taken].filter(isPromise);
    return promises.length === 0 ? undefined : Promise.all(promises).then(() => {});
  };
}
