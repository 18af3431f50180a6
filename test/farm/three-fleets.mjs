// Three fleets of one program work at the same time, and are aborted at random: what is left of them is printed as JSON.
// The first two are made anew each round; the third keeps its lock, and each round is a schedule of it.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFleet } from 'lockstep-ssh';

const { connect, environment, hosts, forMs } = JSON.parse(process.argv[2]);
const SAMPLES = 12;
// The first one of a program loads what is loaded once.
await made(hosts[0]);
await sleep(20);
const before = left();
const endsMs = performance.now() + forMs;
const heap = [];
const ended = Promise.all(hosts.map((host, at) => (at < 2 ? worker(host, made) : kept(host))));
for (let sample = 1; sample <= SAMPLES; sample++) {
  await sleep(forMs / SAMPLES);
  globalThis.gc();
  heap.push(Math.round(process.memoryUsage().heapUsed / 1024));
}
const fleets = await ended;
// What is closed is told to the loop a moment later.
await sleep(20);
console.log(JSON.stringify({ fleets, before, after: left(), heap }));

function fleetOf(host, options = {}) {
  const times = { heartbeatMs: 1_000, leaseMs: 8_000, killGraceMs: 500 };
  const fleet = createFleet({ connect, environment, times, ...options });
  fleet.sites.add('site', 'all', { host });
  fleet.jobs.add('work', 'site', async ({ shell }) => {
    await Promise.all([
      shell.run('sleep 0.05', { check: true }),
      shell.run('seq 2000', { check: true }),
      shell.run('cat', { stdin: 'x'.repeat(10_000), check: true }),
    ]);
  });
  return fleet;
}

async function made(host, signal) {
  const fleet = fleetOf(host, { signal });
  try {
    return await fleet.run(['work', 'work']);
  } finally {
    await fleet.close();
  }
}

async function kept(host) {
  const fleet = fleetOf(host, { keepsLock: true });
  const counts = await worker(host, (_host, signal) => fleet.run(['work', 'work'], { signal }));
  await fleet.close();
  return counts;
}

async function worker(host, round) {
  const counts = { done: 0, aborted: 0, wrong: [] };
  while (performance.now() < endsMs) {
    const ender = new AbortController();
    const timer = Math.random() < 0.5 ? setTimeout(() => ender.abort(), Math.random() * 700) : undefined;
    try {
      if ((await round(host, ender.signal)).ok) counts.done++;
      else counts.wrong.push('failed');
    } catch ({ code, message }) {
      if (ender.signal.aborted && code === 'interrupted') counts.aborted++;
      else counts.wrong.push(`${code}: ${message}`);
    }
    clearTimeout(timer);
  }
  return counts;
}

/** What of this process others could see. */
function left() {
  const events = [
    'exit',
    'beforeExit',
    'SIGINT',
    'SIGTERM',
    'SIGHUP',
    'unhandledRejection',
    'uncaughtException',
  ];
  return {
    listeners: events.map((name) => process.listenerCount(name)),
    resources: process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY|FS)/.test(name)),
    descriptors: readdirSync('/proc/self/fd').length,
    children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim(),
  };
}
