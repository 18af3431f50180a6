/** `npm run fuzz`: runs seeds, and tells of one what was sent, what the nodes were like, and what is not as it must be. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeImage } from '../farm/farm.ts';
import { type Nodes, startFarmNodes } from './farm-nodes.ts';
import { runKills } from './kills.ts';
import { DYING, KINDS, type Kind, LocalNode, mountMemory } from './local-node.ts';
import { runSeed, type Verdict, type World } from './run-seed.ts';
import { sendLocal } from './send-local.ts';
import { tellStory } from './story.ts';
import { TestBed } from './test-bed.ts';

const USAGE = `npm run fuzz -- --seed N               tells what happens in one seed
npm run fuzz -- --seeds A..B           runs these seeds, and stops at the first difference
  --kind perl,python,sh                the nodes of each run; busybox is the fourth kind
  --keep-going                         lists all differences
  --jobs N                             so many processes
  --kills N                            real nodes, and kills at random moments
  --sshd                               on real nodes, with the built program`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    kind: { type: 'string', default: 'perl,python,sh' },
    'keep-going': { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    sshd: { type: 'boolean', default: false },
    kills: { type: 'string' },
    every: { type: 'string', default: '1' },
    plant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const SCRIPTS = fileURLToPath(new URL('.', import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  const kinds = values.kind.split(',');
  const one = values.seed ?? '1';
  const [first, last] = (values.seeds ?? `${one}..${one}`).split('..').map(Number);
  const areKinds = kinds.every((kind) => KINDS.includes(kind as Kind));
  if (values.help || !areKinds || first === undefined || last === undefined || !(first <= last))
    return usage();
  const jobs = Number(values.jobs);
  if (values.kills !== undefined) return killOn(kinds as Kind[], Number(values.kills));
  if (jobs > 1) return runJobs({ first, last, jobs });
  await mountMemory('/srv');
  const { nodes, send, stop } = await (values.sshd ? startFarmNodes : bootAll)(kinds as Kind[], SCRIPTS);
  try {
    const world = { beds: nodes.map((node) => new TestBed(node)), send };
    if (values.seed === undefined) return await runSeeds(world, first, last);
    const verdict = await runSeed(world, first);
    tellStory(verdict);
    return tellVerdict(verdict);
  } finally {
    await stop();
  }
}

async function killOn(kinds: readonly Kind[], count: number): Promise<number> {
  await mountMemory('/srv');
  const farm = await startFarmNodes(kinds, SCRIPTS);
  try {
    return await runKills(farm, count, Number(values.seed ?? 1));
  } finally {
    await farm.stop();
  }
}

async function bootAll(kinds: readonly Kind[], scripts: string): Promise<Nodes> {
  const image = await nodeImage();
  const storage = '/srv/nodes';
  mkdirSync(storage);
  const nodes = await Promise.all(kinds.map((kind) => LocalNode.boot(kind, { storage, image, scripts })));
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  return { nodes, send: sendLocal, stop };
}

async function runSeeds(world: World, first: number, last: number): Promise<number> {
  const startedAtMs = performance.now();
  const step = Number(values.every);
  const codes = new Map<number, number>();
  let failed = 0;
  // A campaign that is ended says how far it came.
  let isEnded = false;
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => (isEnded = true));
  for (let seed = first; seed <= last && !isEnded; seed += step) {
    const verdict = await runSeed(world, seed);
    codes.set(verdict.end.code, (codes.get(verdict.end.code) ?? 0) + 1);
    // A campaign takes an hour.
    if ((seed - first) % 1_000 < step) console.error(`seed ${seed}`);
    if (tellFailure(verdict) === 0) continue;
    failed += 1;
    if (!values['keep-going']) break;
  }
  const count = [...codes.values()].reduce((sum, often) => sum + often, 0);
  const ms = (performance.now() - startedAtMs) / count;
  const ends = [...codes].sort(([a], [b]) => a - b).map(([code, often]) => `exit ${code}: ${often}`);
  console.log(
    `${count} seeds on ${values.kind}, ${failed} with a difference, ${ms.toFixed(0)} ms a run; ${ends.join(', ')}`,
  );
  return failed === 0 ? 0 : 1;
}

function tellFailure(verdict: Verdict): number {
  return verdict.differences.length === 0 ? 0 : tellVerdict(verdict);
}

function tellVerdict({ seed, differences, end }: Verdict): number {
  if (differences.length === 0) {
    console.log(`seed ${seed}: exit code ${end.code}, and all is as it must be`);
    return 0;
  }
  console.log(`seed ${seed}: exit code ${end.code}; ${differences.length} differences`);
  for (const line of differences.slice(0, 12)) console.log(`  ${line.replaceAll('\n', '\n    ')}`);
  const rest = `${values.sshd ? ' --sshd' : ''}${values.plant === undefined ? '' : ` --plant ${values.plant}`}`;
  console.log(`replay: npm run fuzz -- --seed ${seed} --kind ${values.kind}${rest}`);
  return 1;
}

/** Each takes every so many-th seed. */
async function runJobs({
  first,
  last,
  jobs,
}: {
  first: number;
  last: number;
  jobs: number;
}): Promise<number> {
  const rest = [
    '--kind',
    values.kind,
    ...(values['keep-going'] ? ['--keep-going'] : []),
    '--every',
    `${jobs}`,
    ...(values.sshd ? ['--sshd'] : []),
  ];
  const codes = await Promise.all(
    Array.from({ length: jobs }, (_, at) => {
      const line = [process.argv[1] ?? '', '--seeds', `${first + at}..${last}`, ...rest];
      const spaces = ['unshare', '--mount', process.execPath];
      const child = spawn('setpriv', [...DYING, ...spaces, ...line], { stdio: 'inherit' });
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => child.kill(signal));
      return new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
    }),
  );
  return Math.max(...codes);
}

function usage(): number {
  console.error(USAGE);
  return 64;
}
