/**
 * What do very many files cost? They lie here and on one node, on both sides in memory, and a dry run collects, surveys and compares
 * them. Exits with 1 when an answer is wrong.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { quoteAll } from '../../src/node/quote.ts';
import { type Farm, startFarm } from '../../test/farm/farm.ts';
import { runBench } from '../ending.ts';
import { measure } from '../measure.ts';

const USAGE = `bench/run.sh files [options]: what a dry run of very many files on one node costs
  --counts 10000,100000,990000   files, 1,000 in a directory
`;

/** Makes the files from one number up to another in the current directory, alike on both sides. */
const MAKE = `
import os, sys
TIME = 1700000000123456789
first, last = map(int, sys.argv[1:])
for at in range(first, last):
    parent = "tree/d%d" % (at // 1000)
    if at % 1000 == 0: os.makedirs(parent)
    name = "%s/file-%d.conf" % (parent, at)
    with open(name, "w") as file: file.write("file %d" % at)
    os.utime(name, ns=(TIME, TIME + at))
    if at % 1000 == 999 or at == last - 1: os.utime(parent, ns=(TIME, TIME))
os.utime("tree", ns=(TIME, TIME))
`;

/** So many are made in one go: nothing that a node is told may take longer than a minute. */
const MADE_AT_ONCE = 100_000;

/** One in a hundred. */
const CHANGED = /55\.conf$/;

interface State {
  readonly name: string;
  /** sh, on the node. */
  readonly make: string;
  readonly code: number;
  /** How many files a dry run has to tell of. */
  readonly told: (count: number) => number;
}

const STATES: readonly State[] = [
  { name: 'the same', make: ':', code: 0, told: () => 0 },
  {
    name: 'one in a hundred changed',
    make: "find tree -name '*55.conf' -exec sh -c 'for file; do echo other >\"$file\"; done' sh {} +",
    code: 6,
    told: (count) => Array.from({ length: count }, (_, at) => at).filter((at) => at % 100 === 55).length,
  },
];

const HEAD = [
  '| files | on the node | wall s | CPU s | memory MB | |',
  '| ---: | --- | ---: | ---: | ---: | --- |',
];

const directory = dirname(process.argv[1] ?? '');

await runBench(async (cleanups) => {
  cleanups.add(() => rmSync(directory, { recursive: true, force: true }));
  const { values } = parseArgs({
    options: {
      counts: { type: 'string', default: '10000,100000,990000' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const farm = await startFarm({ nodes: 1 });
  cleanups.add(() => farm.stop());
  const rows: string[] = [];
  for (const count of values.counts.split(',').map(Number)) {
    const here = mkdtempSync('/dev/shm/lockstep-bench-');
    const removeFiles = () => rmSync(here, { recursive: true, force: true });
    cleanups.add(removeFiles);
    rows.push(...(await rowsOf(farm, here, count)));
    removeFiles();
  }
  process.stdout.write([...HEAD, ...rows, ''].join('\n'));
  return rows.some((row) => row.includes('WRONG')) ? 1 : 0;
});

async function rowsOf(farm: Farm, here: string, count: number): Promise<string[]> {
  await onNode(farm, 'mount -t tmpfs -o nr_inodes=0,size=90%,mode=755 none /srv');
  for (let first = 0; first < count; first += MADE_AT_ONCE) {
    const make = ['-c', MAKE, `${first}`, `${Math.min(count, first + MADE_AT_ONCE)}`];
    execFileSync('python3', make, { cwd: here });
    await onNode(farm, `cd /srv && python3 ${quoteAll(make)}`);
  }
  const rows: string[] = [];
  for (const { name, make, code, told } of STATES) {
    await onNode(farm, `cd /srv && ${make}`);
    const ran = await dryRun(farm, here);
    const lines = ran.stdout.split('\n').filter((line) => CHANGED.test(line.split('  ')[0] ?? '')).length;
    const isRight = ran.code === code && lines === told(count);
    const verdict = isRight
      ? `${lines} told`
      : `WRONG: exit code ${ran.code}, ${lines} told: ${ran.complaint}`;
    const figures = [ran.wallMs / 1000, ran.cpuMs / 1000, ran.largestMb].map((value) => value.toFixed(1));
    rows.push(`| ${[count, name, ...figures, verdict].join(' | ')} |`);
  }
  await onNode(farm, 'umount /srv');
  return rows;
}

function dryRun({ nodes, home }: Farm, here: string) {
  const program = join(directory, 'lockstep/bin/lockstep.js');
  const words = ['-F', 'none', '-o', `root@${nodes[0]?.host}`, '--dry-run', '-r', '/srv', '-e', '-U', 'tree'];
  const command = `cd ${quoteAll([here])} && exec ${quoteAll([process.execPath, program, ...words])}`;
  const environment = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home };
  const { signal } = new AbortController();
  return measure(command, { directory, environment, prefix: [], output: 'file', signal });
}

async function onNode({ nodes }: Farm, script: string): Promise<void> {
  const ended = await nodes[0]?.run(script);
  if (ended?.code !== 0) throw new Error(`the node: ${ended?.stderr}`);
}
