/** Several runs at once: exactly one has all nodes; those that wait all get their turn. */
import { seededRandom } from '../seeded-random.ts';
import { type Ground, type Place, places, start } from './ground.ts';
import type { Line } from './table.ts';

/** Two runs that start together on the same nodes: each time one wins, and it has every node. */
export async function race(ground: Ground): Promise<Line[]> {
  const where = places(ground, ground.options.crowd);
  const decidedMs: number[] = [];
  const refusedMs: number[] = [];
  for (let round = 0; round < ground.options.races; round++) {
    const startedAtMs = performance.now();
    const runs = [where, [...where].reverse()].map((order) => {
      const ran = start(ground, order, ['-L']);
      const won = ran.waitForOutput(/waiting for interrupt/).then(
        () => 'won' as const,
        () => 'refused' as const,
      );
      void won.then((end) => (end === 'won' ? decidedMs : refusedMs).push(performance.now() - startedAtMs));
      return { ran, won };
    });
    const ends = await Promise.all(runs.map(({ won }) => won));
    const winner = runs[ends.indexOf('won')]?.ran;
    if (winner === undefined || ends.join().match(/won/g)?.length !== 1) {
      throw new Error(
        `race ${round}: ${ends.join(' and ')}: ${runs.map(({ ran }) => ran.stderr).join('\n')}`,
      );
    }
    await expectHeld(where, round);
    winner.kill('SIGINT');
    const codes = await Promise.all(runs.map(async ({ ran }) => (await ran.exited).code));
    if (codes.sort().join() !== '130,75') throw new Error(`race ${round}: exit codes ${codes.join(' and ')}`);
  }
  return [
    { what: `the winner has all ${where.length} nodes`, valuesMs: decidedMs },
    { what: 'the other is refused', valuesMs: refusedMs },
  ];
}

/** Runs on random sets of nodes, all at once and all with time to wait: each of them works alone on its nodes, and ends. */
export async function wait(ground: Ground): Promise<Line[]> {
  const { crowd, waiters, seed } = ground.options;
  const where = places(ground, crowd);
  const random = seededRandom(seed);
  const alone = 'mkdir /run/alone || exit 9; sleep 0.1; rmdir /run/alone';
  const sets = Array.from({ length: waiters }, () => {
    const share = random();
    const set = where.filter(() => random() < share);
    return set.length > 0 ? set : where.slice(0, 1);
  });
  const startedAtMs = performance.now();
  const ends = sets.map(async (set) => {
    const ran = start(ground, set, ['--lock-wait=30m', '-C', alone]);
    const { code } = await ran.exited;
    if (code !== 0) throw new Error(`a run on ${set.length} nodes: exit ${code}: ${ran.stderr}`);
    return { isWide: set.length > crowd / 2, endedMs: performance.now() - startedAtMs };
  });
  const ended = await Promise.all(ends);
  const line = (what: string, isWide: boolean): Line => ({
    what,
    valuesMs: ended.filter((end) => end.isWide === isWide).map(({ endedMs }) => endedMs),
  });
  return [
    line(`runs on up to half of the nodes have ended (seed ${seed})`, false),
    line('runs on more than half of them', true),
  ].filter(({ valuesMs }) => valuesMs.length > 0);
}

async function expectHeld(where: readonly Place[], round: number): Promise<void> {
  const codes = await Promise.all(where.map(async ({ node }) => (await node.run('flock -n / true')).code));
  const free = codes.filter((code) => code !== 1).length;
  if (free > 0) throw new Error(`race ${round}: ${free} nodes are not held by the winner`);
}
