/** `npm run fuzz`: runs seeds, and tells of one what was sent, what the nodes were like, and what is not as it must be. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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
npm run fuzz -- --seeds N [--from A]   runs so many seeds, and stops at the first difference; also A..B
  --kind perl,python,sh                the nodes of each run; busybox is the fourth kind
  --keep-going                         lists all differences
  --jobs N                             so many processes
  --look-first                         a dry run comes first, and must say what the run does
  --kills N                            real nodes, and kills at random moments
  --sshd                               on real nodes, with the built program`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    kind: { type: 'string', default: 'perl,python,sh' },
    'keep-going': { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    sshd: { type: 'boolean', default: false },
    kills: { type: 'string' },
    'look-first': { type: 'boolean', default: false },
    every: { type: 'string', default: '1' },
    plant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** So begins what a process says to the one that has started it. */
const SUMMARY = 'summary ';
const SCRIPTS = fileURLToPath(new URL('.', import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  const kinds = values.kind.split(',');
  const [first, last] = range();
  const areKinds = kinds.every((kind) => KINDS.includes(kind as Kind));
  if (values.help || !areKinds || first === undefined || last === undefined || !(first <= last))
    return usage();
  const jobs = Number(values.jobs);
  if (values.kills !== undefined) return killOn(kinds as Kind[], Number(values.kills));
  if (jobs > 1) return runJobs({ first, last, jobs });
  await mountMemory('/srv');
  const { nodes, send, stop } = await (values.sshd ? startFarmNodes : bootAll)(kinds as Kind[], SCRIPTS);
  try {
    const world = { beds: nodes.map((node) => new TestBed(node)), send, looksFirst: values['look-first'] };
    if (values.seed === undefined) return await runSeeds(world, first, last);
    const verdict = await runSeed(world, first);
    tellStory(verdict);
    return tellVerdict(verdict);
  } finally {
    await stop();
  }
}

/** The first seed and the last one; undefined or no numbers where they are not given well. */
function range(): (number | undefined)[] {
  const [first, last] = (values.seed ?? values.seeds ?? '1').split('..').map(Number);
  if (values.seed !== undefined) return [first, first];
  const from = Number(values.from);
  return last === undefined ? [from, from + (first ?? 0) - 1] : [first, last];
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
  const failed: number[] = [];
  // A campaign that is ended says how far it came.
  let isEnded = false;
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (isEnded = true));
  for (let seed = first; seed <= last && !isEnded; seed += step) {
    // A campaign takes an hour.
    if ((seed - first) % 1_000 < step) console.error(`seed ${seed}`);
    const end = await runOne(world, seed);
    // Nodes may have been ended with us.
    if (isEnded) break;
    for (const code of end.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
    if (end.tell() === 0) continue;
    failed.push(seed);
    if (!values['keep-going']) break;
  }
  tellSummary({ codes: [...codes], failed, ms: performance.now() - startedAtMs });
  return failed.length === 0 ? 0 : 1;
}

/** What goes wrong in the fuzz itself is a failure as well. `tell` returns 0 where all is well. */
async function runOne(world: World, seed: number): Promise<{ codes: readonly number[]; tell: () => number }> {
  try {
    const verdict = await runSeed(world, seed);
    const isWell = verdict.differences.length === 0;
    return { codes: verdict.codes, tell: () => (isWell ? 0 : tellVerdict(verdict)) };
  } catch (thrown) {
    const why = `seed ${seed}: ${thrown instanceof Error ? thrown.stack : thrown}`;
    const tell = () => {
      console.log(why);
      return 1;
    };
    return { codes: [-1], tell };
  }
}

/** Of one process, or of all together. */
interface Summary {
  /** How often a run ended with which exit code. */
  readonly codes: readonly (readonly [code: number, often: number])[];
  readonly failed: readonly number[];
  readonly ms: number;
}

function tellSummary(summary: Summary): void {
  if (values.every !== '1') return console.log(`${SUMMARY}${JSON.stringify(summary)}`);
  const { codes, failed, ms } = summary;
  const count = codes.reduce((sum, [, often]) => sum + often, 0);
  const each = values.kind.split(',').map((kind) => `${count} on ${kind}`);
  const ends = [...codes].sort(([a], [b]) => a - b).map(([code, often]) => `exit ${code}: ${often}`);
  const seeds = failed.length === 0 ? '' : ` (${failed.join(' ')})`;
  console.log(
    `runs: ${each.join(', ')}; ${failed.length} with a difference${seeds}; ${(ms / count).toFixed(0)} ms a run; ${ends.join(', ')}`,
  );
}

function tellVerdict({ seed, differences, end }: Verdict): number {
  if (differences.length === 0) {
    console.log(`seed ${seed}: exit code ${end.code}, and all is as it must be`);
    return 0;
  }
  console.log(`seed ${seed}: exit code ${end.code}; ${differences.length} differences`);
  for (const line of differences.slice(0, 12)) console.log(`  ${line.replaceAll('\n', '\n    ')}`);
  const told = end.text.split('\n').slice(-12);
  for (const line of told) console.log(`  told: ${line.slice(0, 400)}`);
  const rest = `${values.sshd ? ' --sshd' : ''}${values['look-first'] ? ' --look-first' : ''}${values.plant === undefined ? '' : ` --plant ${values.plant}`}`;
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
    ...(values['look-first'] ? ['--look-first'] : []),
  ];
  const startedAtMs = performance.now();
  const summaries: Summary[] = [];
  const codes = await Promise.all(
    Array.from({ length: jobs }, (_, at) => {
      const line = [process.argv[1] ?? '', '--seeds', `${first + at}..${last}`, ...rest];
      const spaces = ['unshare', '--mount', process.execPath];
      const stdio = ['inherit', 'pipe', 'inherit'] as const;
      const child = spawn('setpriv', [...DYING, ...spaces, ...line], { stdio: [...stdio] });
      createInterface({ input: child.stdout as Readable }).on('line', (told) => {
        if (told.startsWith(SUMMARY)) summaries.push(JSON.parse(told.slice(SUMMARY.length)));
        else console.log(told);
      });
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
      return new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
    }),
  );
  const all = new Map<number, number>();
  for (const [code, often] of summaries.flatMap(({ codes }) => codes))
    all.set(code, (all.get(code) ?? 0) + often);
  const failed = summaries.flatMap(({ failed }) => failed).sort((a, b) => a - b);
  tellSummary({ codes: [...all], failed, ms: performance.now() - startedAtMs });
  return Math.max(...codes);
}

function usage(): number {
  console.error(USAGE);
  return 64;
}
