/**
 * What the one thread of a run does: lockstep runs a command on many nodes under the profiler of V8, and its time is
 * summed by whose it is. The profiler itself costs some time, so that the shares say more than the sums.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Farm, startFarm } from '../../test/farm/farm.ts';
import { capture } from '../../test/farm/process.ts';
import { runBench } from '../ending.ts';
import { pin } from '../pin.ts';
import { bySource, type CpuProfile, costliest, sharesOf } from './owners.ts';

const USAGE = `bench/run.sh profile [options]: what the one thread of lockstep does while a command runs on many nodes
  --nodes 100         nodes
  --command uptime    what they run; every other word of lockstep's is given after --
  --pin               nodes on core 1, lockstep on core 0
  --file FILE         shows a profile that node --cpu-prof wrote, of a run on --nodes nodes, instead of making one
`;

const FUNCTIONS_SHOWN = 12;
const RUN_MS_MAX = 600_000;

const directory = dirname(process.argv[1] ?? '');

await runBench(async (cleanups) => {
  cleanups.add(() => rmSync(directory, { recursive: true, force: true }));
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      nodes: { type: 'string', default: '100' },
      command: { type: 'string', default: 'uptime' },
      pin: { type: 'boolean', default: false },
      file: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const nodes = Number(values.nodes);
  if (!(Number.isSafeInteger(nodes) && nodes > 0)) throw new Error(`--nodes: no number: ${values.nodes}`);
  if (values.file !== undefined) {
    process.stdout.write(report(readProfile(values.file), nodes));
    return 0;
  }
  const prefix = values.pin ? pin() : [];
  const farm = await startFarm({ nodes });
  cleanups.add(() => farm.stop());
  const words = [...positionals, '-C', values.command];
  // The first run warms up: the compile cache, the nodes' page cache.
  await profile(farm, prefix, words);
  process.stdout.write(report(readProfile(await profile(farm, prefix, words)), nodes));
  return 0;
});

/** Where the profile of one run was written. */
async function profile(
  { nodes, home }: Farm,
  prefix: readonly string[],
  words: readonly string[],
): Promise<string> {
  const place = mkdtempSync(join(directory, 'profile-'));
  const program = join(directory, 'lockstep/bin/lockstep.js');
  const profiler = ['--cpu-prof', '--cpu-prof-dir', place, '--cpu-prof-interval', '500'];
  const targets = nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const run = [...prefix, process.execPath, ...profiler, program, ...targets, ...words];
  const { code, stderr } = await capture('env', run, {
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home },
    timeoutMs: RUN_MS_MAX,
  });
  if (code !== 0) throw new Error(`lockstep ended with ${code}: ${stderr.slice(-1000)}`);
  return join(place, readdirSync(place)[0] ?? '');
}

function readProfile(path: string): CpuProfile {
  return bySource(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile, readBundle);
}

/** Nothing of one that was removed since. */
function readBundle(url: string): string {
  const path = fileURLToPath(url);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function report(measured: CpuProfile, nodes: number): string {
  const shares = sharesOf(measured);
  const busyMs = shares.reduce((sum, { owner, ms }) => (owner === 'idle' ? sum : sum + ms), 0);
  const line = (what: string, ms: number, share: string) =>
    `| ${what} | ${ms.toFixed(0)} | ${(ms / nodes).toFixed(2)} | ${share} |`;
  const percent = (ms: number) => `${((100 * ms) / busyMs).toFixed(0)} %`;
  return [
    `### ${nodes} nodes`,
    '',
    '| whose time | ms | ms a node | of the busy time |',
    '| --- | ---: | ---: | ---: |',
    ...shares.map(({ owner, ms }) => line(owner, ms, owner === 'idle' ? '' : percent(ms))),
    line('busy, all', busyMs, percent(busyMs)),
    '',
    '| costliest functions, by themselves | ms | ms a node | of the busy time |',
    '| --- | ---: | ---: | ---: |',
    ...costliest(measured, FUNCTIONS_SHOWN).map(({ name, ms }) => line(name, ms, percent(ms))),
    '',
  ].join('\n');
}
