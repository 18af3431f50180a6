/**
 * The bench of the lock. Its directory, made by run.sh, holds this bundle and a snapshot of lockstep; it is removed at the
 * end, as is the farm, however the bench ends. What is wrong (a lock that is free while its work lives, two winners, a run
 * that fails) ends it with an error; a bound that is not kept is marked, and the exit code is 1.
 */
import { rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { dirname } from 'node:path';
import { startFarm } from '../../test/farm/farm.ts';
import { runBench } from '../ending.ts';
import { cut, killed, stopped, stubborn } from './abnormal.ts';
import { race, wait } from './contest.ts';
import type { Ground } from './ground.ts';
import { type LockBenchOptions, readOptions, USAGE } from './options.ts';
import { isKept, type Line, table } from './table.ts';

interface Row {
  readonly title: (options: LockBenchOptions) => string;
  readonly isCrowded?: true;
  readonly measure: (ground: Ground) => Promise<Line[]>;
}

const abnormal = (title: string) => (options: LockBenchOptions) => {
  const { repetitions, nodes, heartbeat, lease, killGrace } = options;
  return `${title}: ${repetitions} times on ${nodes} nodes, P ${heartbeat} s, T ${lease} s, G ${killGrace} s`;
};

const ROWS: Readonly<Record<string, Row>> = {
  kill: { title: abnormal('The controller is killed'), measure: killed },
  stop: { title: abnormal('The controller is stopped'), measure: stopped },
  cut: { title: abnormal('The link is cut'), measure: cut },
  stubborn: { title: abnormal('The controller is killed, and the work is stubborn'), measure: stubborn },
  race: {
    title: ({ races, crowd }) => `Two runs at once: ${races} times on ${crowd} nodes`,
    isCrowded: true,
    measure: race,
  },
  wait: {
    title: ({ waiters, crowd }) =>
      `${waiters} runs at once with --lock-wait on overlapping sets of ${crowd} nodes`,
    isCrowded: true,
    measure: wait,
  },
};

const directory = dirname(process.argv[1] ?? '');

await runBench(async (cleanups) => {
  cleanups.add(() => rmSync(directory, { recursive: true, force: true }));
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const rows = options.rows.map((id) => {
    const row = ROWS[id];
    if (row === undefined) throw new Error(`--rows: unknown: ${id}; known: ${Object.keys(ROWS).join(', ')}`);
    return row;
  });
  const count = Math.max(...rows.map(({ isCrowded }) => (isCrowded ? options.crowd : options.nodes)));
  const farm = await startFarm({ nodes: count });
  cleanups.add(() => farm.stop());
  process.stdout.write(
    `- ${new Date().toISOString().slice(0, 16)}, ${cpus().length} cores, Linux ${release()}\n`,
  );
  let areKept = true;
  for (const { title, measure } of rows) {
    const lines = await measure({ farm, options, directory });
    areKept &&= isKept(lines);
    process.stdout.write(table(title(options), lines));
  }
  return areKept ? 0 : 1;
});
