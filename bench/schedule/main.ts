/**
 * What the schedule itself costs, without nodes: each of so many simulated commands begins, and ends in any order; then
 * all are ended, by --fail-fast. Exits with 1 when a node costs much more among many than among few.
 */
import { performance } from 'node:perf_hooks';
import { createSchedule, step } from '../../src/schedule/schedule.ts';
import type { ScheduleEvent } from '../../src/schedule/schedule-state.ts';

const COUNTS = [1_250, 2_500, 5_000, 10_000, 20_000, 40_000];
const ROUNDS = 7;
/** Memory is farther away among many, and the machine has other things to do. */
const TIMES_MAX = 4;

const CASES = { 'all end well': false, 'the first that fails ends all': true };

let isLinear = true;
process.stdout.write('case                              nodes      ms  µs a node\n');
for (const [name, isFailFast] of Object.entries(CASES)) {
  const costs = COUNTS.map((count) => {
    const ms = median(Array.from({ length: ROUNDS }, () => measure(count, isFailFast)));
    const microseconds = (1_000 * ms) / count;
    const figures = [ms.toFixed(1).padStart(7), microseconds.toFixed(2).padStart(10)];
    process.stdout.write(`${name.padEnd(30)}${String(count).padStart(9)} ${figures.join(' ')}\n`);
    return microseconds;
  });
  isLinear &&= (costs.at(-1) ?? 0) <= TIMES_MAX * Math.min(...costs);
}
process.stdout.write(isLinear ? 'linear\n' : 'not linear\n');
process.exitCode = isLinear ? 0 : 1;

function measure(count: number, isFailFast: boolean): number {
  const nodes = Array.from({ length: count }, (_, at) => `[root@node${at}:22]`);
  const anyOrder = nodes
    .map((node, at) => ({ node, key: (at * 7_919) % count }))
    .sort((a, b) => a.key - b.key);
  const start = performance.now();
  const state = createSchedule({ nodes, timeoutMs: 1_000, isFailFast, endedMs: 1_000, leftMs: 1_000 });
  const take = (event: ScheduleEvent) => {
    step(state, event);
  };
  take({ type: 'begin' });
  for (const node of nodes) take({ type: 'began', node });
  for (const [at, { node }] of anyOrder.entries()) {
    const isFirst = at === 0 && isFailFast;
    take({ type: 'left', node });
    take({ type: 'ended', node, outcome: isFirst ? { kind: 'exit', code: 1 } : { kind: 'ok' } });
  }
  const ms = performance.now() - start;
  if (state.phase !== 'finished') throw new Error('the schedule has not come to its end');
  return ms;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
