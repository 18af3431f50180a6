/**
 * The bench. Its directory, made by run.sh, holds this bundle and a snapshot of lockstep; it is removed at the end,
 * as is the farm, however the bench ends.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { Cleanups } from '../test/farm/cleanups.ts';
import { openField } from './field.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { providePeers, versions } from './peers.ts';
import { pin } from './pin.ts';
import { type RaceOptions, race } from './race.ts';
import { json, markdown } from './report.ts';
import { ROWS } from './rows/rows.ts';
import type { CaseResult, Row } from './work.ts';

const directory = dirname(process.argv[1] ?? '');
const ending = new AbortController();
const cleanups = new Cleanups();
cleanups.add(() => rmSync(directory, { recursive: true, force: true }));

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const rows = chooseRows(options);
  if (process.getuid?.() !== 0) throw new Error('it needs root, for the nodes');
  const missing = await providePeers(options.rows, options);
  const prefix = options.pin ? pin() : [];
  const about = await describeMachine(options, missing);
  process.stdout.write(`${headline(about)}\n\n`);
  const results: CaseResult[] = [];
  await measureRows(rows, { options, prefix }, (result) => {
    results.push(result);
    process.stdout.write(`${markdown(result)}\n`);
    if (options.json === undefined) return;
    writeFileSync(options.json, `${JSON.stringify({ ...about, cases: results.map(json) }, null, 1)}\n`);
  });
  return results.some(({ results }) => results.some(({ failures }) => failures.length > 0)) ? 1 : 0;
}

async function measureRows(
  rows: readonly Row[],
  { options, prefix }: { readonly options: BenchOptions; readonly prefix: readonly string[] },
  publish: (result: CaseResult) => void,
): Promise<void> {
  const sizes = rows.flatMap((row) => row.sizes(options.nodes));
  tell(`starting ${Math.max(1, ...sizes)} nodes`);
  const field = await openField(options, directory, Math.max(1, ...sizes));
  cleanups.add(() => field.farm.stop());
  ending.signal.throwIfAborted();
  const { PATH } = process.env;
  const environment = { PATH, LANG: 'C.UTF-8', HOME: field.farm.home, USER: 'root', LOGNAME: 'root' };
  const settings: RaceOptions = { field, environment, prefix, signal: ending.signal, tell };
  for (const row of rows) {
    for (const size of row.sizes(options.nodes)) {
      for (const subject of await row.cases(field, size)) publish(await race(subject, settings));
    }
  }
}

function chooseRows({ rows }: BenchOptions): Row[] {
  const unknown = rows.filter((id) => !ROWS.some((row) => row.id === id));
  if (unknown.length > 0) {
    throw new Error(
      `--rows: unknown: ${unknown.join(', ')}; known: ${ROWS.map(({ id, title }) => `${id} (${title})`).join(', ')}`,
    );
  }
  return ROWS.filter(({ id }) => rows.includes(id));
}

async function describeMachine(options: BenchOptions, missing: readonly string[]) {
  const { rows, nodes, rounds, scale, pin } = options;
  return {
    date: new Date().toISOString().slice(0, 16),
    machine: {
      cores: cpus().length,
      processor: cpus()[0]?.model ?? '',
      memoryGb: Math.round(totalmem() / 1e9),
      kernel: release(),
    },
    versions: await versions(),
    missing,
    options: { rows, nodes, rounds, scale, pin },
  };
}

function headline({
  date,
  machine,
  versions,
  missing,
  options,
}: Awaited<ReturnType<typeof describeMachine>>): string {
  const { cores, processor, memoryGb, kernel } = machine;
  const tools = Object.entries(versions).map(([name, version]) => `${name}: ${version}`);
  return [
    `${date}, ${cores} cores (${processor}), ${memoryGb} GB, Linux ${kernel}`,
    `${tools.join('; ')}`,
    `${options.rounds} rounds after a warm-up, scale ${options.scale}${options.pin ? ', nodes and tools pinned to a core each' : ''}`,
    ...missing.map((name) => `${name} is not installed, so left out`),
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

function tell(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}

let exitCode = 70;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    exitCode = code;
    ending.abort(new Error(`ended by ${signal}`));
  });
}
try {
  exitCode = await main();
} catch (error) {
  tell((error as Error).message);
} finally {
  await cleanups.run();
  process.exitCode = exitCode;
}
