/** The row about rollouts: what turns and the journal cost, and whether the places of a batch are idle. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Field } from '../field.ts';
import { lockstep } from '../tools.ts';
import type { Contender, Row } from '../work.ts';

const PLACES = 50;
/** So long that a place which is empty for a moment is a small part of it, and no larger. */
const WORK = 'sleep 0.5';

export const rollout: Row = {
  id: 'k',
  title: 'a rollout',
  sizes: (asked) => [Math.max(...asked)],
  cases(field, nodes) {
    const site = field.site(nodes);
    // With few nodes a batch has fewer places, so that some nodes have to wait.
    const places = Math.min(PLACES, Math.ceil(nodes / 4));
    const run = (name: string, words: readonly string[]): Contender => ({
      name,
      command: lockstep(field, site, [...words, '-C', WORK]),
      output: 'file',
      prepare: async () => rmSync(runsOf(field), { recursive: true, force: true }),
    });
    return [
      {
        row: 'k',
        title: `${WORK} on ${nodes} nodes, ${places} at a time or all`,
        nodes,
        baseline: 'all at once',
        contenders: [
          run('all at once', []),
          run('--batch 100%', ['--batch', '100%']),
          run('no journal', ['--no-journal']),
          {
            ...run(`--batch ${places}`, ['--batch', `${places}`]),
            idlePercent: () => idlePercent(field, places),
          },
        ],
        bars: [
          { contender: '--batch 100%', quantity: 'wallMs', most: 1.03, of: 'all at once' },
          { contender: 'all at once', quantity: 'wallMs', most: 1.02, of: 'no journal' },
          { contender: `--batch ${places}`, quantity: 'idlePercent', most: 5 },
        ],
      },
    ];
  },
};

/**
 * How much of the time of all places nobody was at work in them, by the journal of the one run that is there: from the first
 * node's beginning to that of the last one, when nobody is left who could fill a place.
 */
function idlePercent(field: Field, places: number): number {
  const [run] = existsSync(runsOf(field)) ? readdirSync(runsOf(field)) : [];
  if (run === undefined) throw new Error('the run has left no journal');
  const turns = readFileSync(join(runsOf(field), run, 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"phase":"exec"') && line.includes('"node"'))
    .map((line) => JSON.parse(line) as { readonly type: string; readonly at: string })
    .map(({ type, at }) => ({ isBegin: type === 'node-begun', atMs: Date.parse(at) }));
  const begins = turns.filter(({ isBegin }) => isBegin).map(({ atMs }) => atMs);
  const [firstMs = 0, lastMs = 0] = [begins[0], begins.at(-1)];
  let [atWork, busyMs, fromMs] = [0, 0, firstMs];
  for (const { isBegin, atMs } of turns) {
    const untilMs = Math.min(atMs, lastMs);
    busyMs += atWork * (untilMs - fromMs);
    fromMs = untilMs;
    atWork += isBegin ? 1 : -1;
  }
  return 100 * (1 - busyMs / (places * (lastMs - firstMs)));
}

function runsOf({ farm }: Field): string {
  return join(farm.home, '.local/state/lockstep/runs');
}
