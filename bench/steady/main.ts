/**
 * Does lockstep's memory grow with what passes through it? Some nodes print at an even pace for minutes, a reader takes
 * it all from a pipe, and the resident memory of lockstep is looked at every second. Exits with 1 when it grows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Farm, startFarm } from '../../test/farm/farm.ts';
import { runBench } from '../ending.ts';
import { isFlat, type Sample, table } from './table.ts';

interface SteadyOptions {
  readonly nodes: number;
  readonly minutes: number;
  /** 1,000 bytes a second from each node. */
  readonly kilobytes: number;
}

const USAGE = `bench/run.sh steady [options]: the memory of lockstep while nodes print at an even pace, looked at every second
  --nodes 5          nodes
  --minutes 10       for so long
  --kilobytes 200    that each of them prints in a second (1,000 bytes each)
`;

const PAUSE_SECONDS = 0.5;
const LINE = `${'x'.repeat(99)}\n`;

const directory = dirname(process.argv[1] ?? '');

await runBench(async (cleanups) => {
  cleanups.add(() => rmSync(directory, { recursive: true, force: true }));
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const farm = await startFarm({ nodes: options.nodes });
  cleanups.add(() => farm.stop());
  const samples = await watch(start(farm, options), options);
  process.stdout.write(table(options, samples));
  return isFlat(samples) ? 0 : 1;
});

function readOptions(argv: readonly string[]): SteadyOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      nodes: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '10' },
      kilobytes: { type: 'string', default: '200' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const number = (name: 'nodes' | 'minutes' | 'kilobytes') => {
    const read = Number(values[name]);
    if (!(read > 0)) throw new Error(`--${name}: not above 0: ${values[name]}`);
    return read;
  };
  return { nodes: number('nodes'), minutes: number('minutes'), kilobytes: number('kilobytes') };
}

interface Running {
  readonly pid: number;
  readonly printedBytes: () => number;
  readonly complaint: () => string;
  readonly isOver: () => boolean;
  readonly interrupt: () => Promise<unknown>;
}

/** The nodes print until they are ended: the time is kept by the bench. */
function start({ nodes, home, atStop }: Farm, { kilobytes }: SteadyOptions): Running {
  const lines = LINE.repeat(Math.ceil((kilobytes * 1000 * PAUSE_SECONDS) / LINE.length));
  for (const { directory } of nodes) writeFileSync(join(directory, 'srv/lines'), lines);
  const targets = nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const command = `while cat /srv/lines; do sleep ${PAUSE_SECONDS}; done`;
  const program = join(directory, 'lockstep/bin/lockstep.js');
  const child = spawn(process.execPath, [program, ...targets, '-C', command], {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  atStop(() => child.kill('SIGKILL'));
  let printedBytes = 0;
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printedBytes += chunk.length;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-1000);
  });
  return {
    pid: child.pid ?? 0,
    printedBytes: () => printedBytes,
    complaint: () => complaint,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    interrupt: () => {
      child.kill('SIGINT');
      return closed;
    },
  };
}

async function watch(running: Running, { minutes }: SteadyOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAtMs = performance.now();
  for (let second = 1; second <= minutes * 60; second += 1) {
    await pause(Math.max(0, startedAtMs + second * 1000 - performance.now()));
    if (running.isOver()) throw new Error(`lockstep ended by itself: ${running.complaint()}`);
    samples.push({ second, residentMb: residentMb(running.pid), printedBytes: running.printedBytes() });
  }
  await running.interrupt();
  return samples;
}

function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
