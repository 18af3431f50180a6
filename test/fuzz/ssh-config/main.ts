/** `npm run fuzz:ssh-config -- --runs N [--seed S]`: asks `ssh -G` about generated configurations, and shows the smallest that is read otherwise. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { anyCase, type Case } from './generate.ts';
import { type Difference, differences } from './oracle.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '300' }, seed: { type: 'string' } },
});
const runs = Number(values.runs);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const BATCH = 500;

console.log(`seed ${seed}`);
for (let done = 0; done < runs; done += BATCH) {
  const numRuns = Math.min(BATCH, runs - done);
  const found = await differences(fc.sample(anyCase, { seed: seed + done, numRuns }));
  console.log(`${done + numRuns} configurations, ${found.length} of the last ${numRuns} read otherwise`);
  if (found.length === 0) continue;
  for (const line of new Set(found.map(inShort))) console.log(line);
  const smallest = await shrink(seed + done, numRuns);
  console.log(tell(smallest ?? (found[0] as Difference)));
  process.exitCode = 1;
  break;
}

async function shrink(from: number, numRuns: number): Promise<Difference | undefined> {
  let last: Difference | undefined;
  const agrees = async (one: Case) => {
    const [found] = await differences([one]);
    last = found ?? last;
    return found === undefined;
  };
  await fc.check(fc.asyncProperty(anyCase, agrees), { seed: from, numRuns, interruptAfterTimeLimit: 60_000 });
  return last;
}

function tell({ of, ours, theirs }: Difference): string {
  const files = Object.entries(of.files).filter(([, text]) => text !== '');
  const call = JSON.stringify({ options: of.options, user: of.user, port: of.port, host: of.host });
  return [
    ...files.map(([name, text]) => `--- ${name}\n${text}`),
    `--- call ${call}`,
    inShort({ of, ours, theirs }),
  ].join('\n');
}

function inShort({ ours, theirs }: Difference): string {
  const lines = new Set(theirs.split('\n'));
  const own = new Set(ours.split('\n'));
  return [
    ...[...own].filter((line) => !lines.has(line)).map((line) => `lockstep: ${line}`),
    ...[...lines].filter((line) => !own.has(line)).map((line) => `ssh -G:   ${line}`),
  ].join('\n');
}
