/** `npm run sim`: runs seeds, tells what happened in one of them, and prints a failing one as the command that replays it. */
import { parseArgs } from 'node:util';
import { BUGS } from './bugs.ts';
import { simulate, type Verdict } from './simulate.ts';

const USAGE = `npm run sim -- --seed N            tells what happens in one seed
npm run sim -- --seeds A..B         runs these seeds, and stops at the first that breaks a promise
npm run sim -- --bug NAME ...       the same with a bug planted: ${Object.keys(BUGS).join(', ')}`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    bug: { type: 'string' },
    help: { type: 'boolean' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const planted = values.bug === undefined ? {} : BUGS[values.bug];
  const [first, last] = (values.seeds ?? '').split('..').map(Number);
  if (values.help || planted === undefined) return usage();
  if (values.seed !== undefined) {
    const verdict = await simulate(Number(values.seed), planted);
    tellHistory(verdict);
    return tellVerdict(verdict);
  }
  if (first === undefined || last === undefined || !(first <= last)) return usage();
  return runSeeds(first, last, planted);
}

async function runSeeds(first: number, last: number, planted: (typeof BUGS)[string]): Promise<number> {
  const startedAtMs = performance.now();
  const ends = new Map<string, number>();
  for (let seed = first; seed <= last; seed++) {
    const verdict = await simulate(seed, planted);
    if (verdict.violation !== undefined) return tellVerdict(verdict);
    for (const end of verdict.ends) ends.set(end, (ends.get(end) ?? 0) + 1);
    // Lets signals and the terminal have their turn.
    if (seed % 100 === 0) await new Promise(setImmediate);
  }
  const count = last - first + 1;
  const seconds = (performance.now() - startedAtMs) / 1000;
  console.log(
    `${count} seeds, no promise broken (${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} a second)`,
  );
  console.log(
    [...ends]
      .sort()
      .map(([end, often]) => `${end} ${often}`)
      .join(', '),
  );
  return 0;
}

function tellHistory({ history }: Verdict): void {
  for (const { atMs, who, what } of history)
    console.log(`${(atMs / 1000).toFixed(3).padStart(10)}  ${who}: ${what}`);
}

function tellVerdict({ seed, violation, ends }: Verdict): number {
  if (violation === undefined) {
    console.log(`seed ${seed}: no promise broken; the runs ended: ${ends.join(', ')}`);
    return 0;
  }
  const bug = values.bug === undefined ? '' : ` --bug ${values.bug}`;
  console.log(
    `seed ${seed}: ${violation.promise} is broken after ${(violation.atMs / 1000).toFixed(3)} s: ${violation.text}`,
  );
  console.log(`replay: npm run sim -- --seed ${seed}${bug}`);
  return 1;
}

function usage(): number {
  console.error(USAGE);
  return 64;
}
