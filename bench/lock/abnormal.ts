/** Runs that end badly: how long until each lock is free, and whether any of their processes was still alive then. */
import { layCables } from '../../test/farm/links.ts';
import { until } from '../../test/farm/process.ts';
import {
  type Ground,
  isAlive,
  type Place,
  places,
  start,
  untilAllRun,
  untilAtRest,
  untilFree,
} from './ground.ts';
import type { Line } from './table.ts';

interface Ending {
  readonly what: string;
  readonly command: string;
  /** What shows that the command is at work on a node; all that matches must be gone at the end. */
  readonly work: RegExp;
  readonly user?: string;
  readonly args?: readonly string[];
  readonly mostMs: number;
  /** Brings it about. */
  readonly end: (controllerPid: number) => Promise<void> | void;
}

const SLEEP = { command: 'sleep 300', work: /^sleep 300/ };
const kill = (pid: number) => void process.kill(pid, 'SIGKILL');

export async function killed(ground: Ground): Promise<Line[]> {
  const ending = { ...SLEEP, what: 'kill -9 of the controller', mostMs: 1000, end: kill };
  return measure(ground, places(ground, ground.options.nodes), ending);
}

export async function stopped(ground: Ground): Promise<Line[]> {
  const end = (pid: number) => void process.kill(pid, 'SIGSTOP');
  const ending = { ...SLEEP, what: 'SIGSTOP of the controller', mostMs: silenceMs(ground), end };
  return measure(ground, places(ground, ground.options.nodes), ending);
}

/** No packet leaves or comes any more, and nobody is told; the controller dies a moment later. */
export async function cut(ground: Ground): Promise<Line[]> {
  const links = await layCables(ground.farm, ground.farm.nodes.slice(0, ground.options.nodes));
  const end = async (pid: number) => {
    await links.set('down');
    kill(pid);
  };
  const ending = { ...SLEEP, what: 'link cut without FIN', mostMs: silenceMs(ground), end };
  return measure(ground, links.places, ending, () => links.set('up'));
}

/** Work that TERM does not end: KILL comes after the grace. */
export async function stubborn(ground: Ground): Promise<Line[]> {
  const mostMs = ground.options.killGrace * 1000 + 1000;
  const ignoring = 'trap "" TERM; while :; do sleep 301; done';
  const common = { mostMs, end: kill };
  const endings: Ending[] = [
    { ...common, what: 'work that ignores TERM', command: ignoring, work: /^sleep 301|trap "" TERM/ },
    {
      ...common,
      what: 'the same under sudo',
      command: ignoring,
      work: /^sleep 301|trap "" TERM/,
      user: 'worker',
      args: ['-x'],
    },
    {
      ...common,
      what: 'work whose parent has exited',
      command: `sh -c 'trap "" TERM; sleep 302 & exit'; sleep 303`,
      work: /^sleep 30[23]/,
    },
  ];
  const lines: Line[] = [];
  for (const ending of endings) {
    lines.push(...(await measure(ground, places(ground, ground.options.nodes), ending)));
  }
  return lines;
}

/** T + G and a second for everything else. */
function silenceMs({ options }: Ground): number {
  return (options.lease + options.killGrace + 1) * 1000;
}

async function measure(
  ground: Ground,
  where: readonly Place[],
  ending: Ending,
  mend: () => Promise<void> = async () => {},
): Promise<Line[]> {
  const freeMs: number[] = [];
  const goneMs: number[] = [];
  for (let round = 0; round < ground.options.repetitions; round++) {
    const { heartbeat, lease, killGrace } = ground.options;
    const times = ['--heartbeat', `${heartbeat}s`, '--lease', `${lease}s`, '--kill-grace', `${killGrace}s`];
    const ran = start(ground, where, [...times, ...(ending.args ?? []), '-C', ending.command], ending.user);
    const pids = await untilAllRun(where, ending.work);
    let endedAtMs = Number.NaN;
    const ended = where.map(async (place, at) => {
      await untilFree(place);
      freeMs.push(performance.now() - endedAtMs);
      const alive = (pids[at] ?? []).filter(isAlive);
      if (alive.length > 0)
        throw new Error(`${place.node.name}: the lock is free, and ${alive.join()} is alive`);
    });
    const gone = where.map(async (_, at) => {
      await until('the work ends', () => !(pids[at] ?? []).some(isAlive), { pauseMs: 5 });
      goneMs.push(performance.now() - endedAtMs);
    });
    // The waiting for the locks has begun on every node before the run is ended.
    await untilAllRun(where, /^flock \/ true/);
    endedAtMs = performance.now();
    await ending.end(ran.pid);
    await Promise.all([...ended, ...gone]);
    ran.kill('SIGKILL');
    await ran.exited;
    await mend();
    await untilAtRest(where);
  }
  const { what, mostMs } = ending;
  return [
    { what: `${what}: the work is gone`, valuesMs: goneMs, mostMs },
    { what: `${what}: the lock is free`, valuesMs: freeMs, mostMs },
  ];
}
