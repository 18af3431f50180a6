/**
 * What the schedule itself costs, without nodes: each of so many simulated commands begins, and ends in any order; then
 * all are ended, by --fail-fast; then as a rollout: ten slots, and fifty limits, of which each node is in ten.
 * Exits with 1 when a node costs much more among many than among few, or a decision more than a millisecond.
 */
import { performance } from 'node:perf_hooks';
import type { RolloutRules } from '../../src/schedule/rollout-rules.ts';
import { createSchedule, step } from '../../src/schedule/schedule.ts';
import type { ScheduleEvent } from '../../src/schedule/schedule-state.ts';

const COUNTS = [1_250, 2_500, 5_000, 10_000, 20_000, 40_000];
const ROUNDS = 7;
/** Memory is farther away among many, and the machine has other things to do. */
const TIMES_MAX = 4;
const DECISION_MS_MAX = 1;

const CASES: Readonly<Record<string, Case>> = {
  'all end well': {},
  'the first that fails ends all': { isFailFast: true },
  'ten slots, fifty limits': { rolloutOf },
};

interface Case {
  readonly isFailFast?: boolean;
  rolloutOf?(nodes: readonly string[]): RolloutRules;
}

let isLinear = true;
process.stdout.write('case                              nodes      ms  µs a node\n');
for (const [name, one] of Object.entries(CASES)) {
  const costs = COUNTS.map((count) => {
    const ms = median(Array.from({ length: ROUNDS }, () => measure(count, one)));
    const microseconds = (1_000 * ms) / count;
    const figures = [ms.toFixed(1).padStart(7), microseconds.toFixed(2).padStart(10)];
    process.stdout.write(`${name.padEnd(30)}${String(count).padStart(9)} ${figures.join(' ')}\n`);
    return microseconds;
  });
  isLinear &&= (costs.at(-1) ?? 0) <= TIMES_MAX * Math.min(...costs);
}
process.stdout.write(isLinear ? 'linear\n' : 'not linear\n');
process.exitCode = isLinear ? 0 : 1;

function measure(count: number, { isFailFast = false, rolloutOf: make }: Case): number {
  const nodes = Array.from({ length: count }, (_, at) => `[root@node${at}:22]`);
  const rollout = make?.(nodes);
  const begun = performance.now();
  const state = createSchedule({
    nodes,
    timeoutMs: 1_000,
    isFailFast,
    endedMs: 1_000,
    leftMs: 1_000,
    rollout,
  });
  const atWork: string[] = [];
  let decisions = 0;
  const take = (event: ScheduleEvent) => {
    decisions += 1;
    for (const effect of step(state, event)) if (effect.type === 'start') atWork.push(effect.node);
  };
  take({ type: 'begin' });
  for (let turn = 1; atWork.length > 0; turn += 1) {
    // One of them, in an order that is not that in which they began.
    const at = (turn * 7_919) % atWork.length;
    const node = atWork[at] ?? '';
    atWork[at] = atWork.at(-1) ?? '';
    atWork.pop();
    take({ type: 'began', node });
    take({ type: 'left', node });
    take({
      type: 'ended',
      node,
      outcome: turn === 1 && isFailFast ? { kind: 'exit', code: 1 } : { kind: 'ok' },
    });
  }
  const ms = performance.now() - begun;
  if (state.phase !== 'finished') throw new Error('the schedule has not come to its end');
  if (ms / decisions > DECISION_MS_MAX) throw new Error(`a decision costs ${ms / decisions} ms`);
  return ms;
}

/** Each node is in one slot, and in every fifth limit; of a limit one in twenty may run at once. */
function rolloutOf(nodes: readonly string[]): RolloutRules {
  const every = (step: number, first: number) => nodes.filter((_, at) => at % step === first);
  const slots = Array.from({ length: 10 }, (_, at) => ({ name: `slot ${at}`, nodes: every(10, at) }));
  const limits = Array.from({ length: 50 }, (_, at) => ({
    name: `limit ${at}`,
    max: Math.ceil(nodes.length / 100) + at,
    nodes: every(5, at % 5),
  }));
  return {
    threads: [{ name: 'all', require: 'success', slots }],
    limits,
    onFailure: 'hold',
    unreachable: 'fail',
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
