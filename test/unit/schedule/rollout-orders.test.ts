import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RolloutRules, Thread } from '../../../src/schedule/rollout-rules.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { often } from '../../often.ts';
import { type Cast, Rehearsal } from './rehearsal.ts';
import { RolloutModel } from './rollout-model.ts';

/** For as often as it is promised to hold. */
const WHOLE_MS = 300_000;
const NODES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Slots that follow one order of all nodes, so that no two threads wait for each other. */
const threads: fc.Arbitrary<Thread[]> = fc
  .shuffledSubarray(NODES, { minLength: NODES.length })
  .chain((order) =>
    fc
      .array(
        fc.record({
          slotOf: fc.array(fc.integer({ min: -1, max: 3 }), {
            minLength: NODES.length,
            maxLength: NODES.length,
          }),
          require: fc.constantFrom('success' as const, 'finished' as const),
          pauseMs: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        }),
        { maxLength: 3 },
      )
      .map((drawn) => drawn.map((one, at) => makeThread(order, one, at))),
  );

function makeThread(
  order: readonly string[],
  { slotOf, require, pauseMs }: { slotOf: number[]; require: Thread['require']; pauseMs: number | undefined },
  at: number,
): Thread {
  // In ascending order along the order of all; -1: not in this thread.
  const places = slotOf.filter((place) => place >= 0).sort((a, b) => a - b);
  const members = order.filter((_, index) => (slotOf[index] ?? -1) >= 0);
  const slots = [0, 1, 2, 3]
    .map((slot) => ({ name: `s${slot}`, nodes: members.filter((_, index) => places[index] === slot) }))
    .filter(({ nodes }) => nodes.length > 0);
  return { name: `t${at}`, require, slots, pause: pauseMs === undefined ? undefined : { ms: pauseMs } };
}

const rollouts: fc.Arbitrary<RolloutRules> = fc.record({
  threads,
  limits: fc.array(
    fc.record({
      name: fc.constant('limit'),
      max: fc.integer({ min: 1, max: 4 }),
      nodes: fc.subarray(NODES),
      onFailure: fc.constantFrom(undefined, 'hold' as const, 'release' as const),
    }),
    { maxLength: 3 },
  ),
  onFailure: fc.constantFrom('hold' as const, 'release' as const, 'stop' as const),
  maxFailures: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  unreachable: fc.constantFrom('fail' as const, 'skip' as const),
  retry: fc.option(fc.record({ times: fc.integer({ min: 1, max: 2 }), delayMs: fc.nat(3) }), {
    nil: undefined,
  }),
});

const casts = fc
  .record({
    times: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: NODES.length, maxLength: NODES.length }),
    failing: fc.subarray(NODES),
    failures: fc.integer({ min: 0, max: 3 }),
    lost: fc.oneof(
      { weight: 2, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.subarray(NODES) },
    ),
    workMs: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    absent: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(NODES) }),
    isFailFast: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  })
  .map(
    ({ times, failing, failures, lost, workMs, absent, isFailFast }): Cast => ({
      takes: (node) => times[NODES.indexOf(node)] ?? 1,
      fails: (node, run) => failing.includes(node) && run <= failures,
      loses: (node) => (lost.includes(node) ? { workMs } : undefined),
      absent,
      isFailFast,
    }),
  );

const wishes: fc.Arbitrary<[number, ScheduleEvent][]> = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 20 }),
    fc.oneof<fc.Arbitrary<ScheduleEvent>[]>(
      fc.constant({ type: 'halted' }),
      fc.constant({ type: 'resumed' }),
      fc.record({ type: fc.constant('retried' as const), node: fc.constantFrom(...NODES) }),
      fc.record({ type: fc.constant('skipped' as const), node: fc.constantFrom(...NODES) }),
    ),
  ),
  { maxLength: 6 },
);

test(
  'R1: in whatever rollout no limit is exceeded, no node starts before its predecessors or twice, none that may start waits, and every run ends',
  () => {
    fc.assert(
      fc.property(rollouts, casts, (rollout, cast) => {
        const model = new RolloutModel(NODES, rollout, cast);
        const rehearsal = new Rehearsal(NODES, rollout, { ...cast, see: (seen) => model.check(seen) });
        model.checkEnd(rehearsal.toTheEnd());
      }),
      { numRuns: often(150, 10_000) },
    );
  },
  WHOLE_MS,
);

test(
  'R2: in whatever order people halt, resume, retry and skip, no limit is exceeded, and every run ends',
  () => {
    fc.assert(
      fc.property(rollouts, casts, wishes, (rollout, cast, wished) => {
        const model = new RolloutModel(NODES, rollout, cast);
        const see = (seen: Rehearsal) => model.checkLimits(seen);
        const rehearsal = new Rehearsal(NODES, rollout, { ...cast, see, wishes: wished }).toTheEnd();
        expect(rehearsal.how).toBeDefined();
        expect(rehearsal.atWork.size).toBe(0);
        const retried = wished.filter(([, { type }]) => type === 'retried').length;
        model.checkCounts(rehearsal, retried);
      }),
      { numRuns: often(150, 10_000) },
    );
  },
  WHOLE_MS,
);

test(
  'R3: equal events give equal decisions',
  () => {
    fc.assert(
      fc.property(rollouts, casts, wishes, (rollout, cast, wished) => {
        const play = () => new Rehearsal(NODES, rollout, { ...cast, wishes: wished }).toTheEnd().effects;
        expect(play()).toEqual(play());
      }),
      { numRuns: often(100, 10_000) },
    );
  },
  WHOLE_MS,
);

test(
  'with places for all a run takes as long as its longest chain',
  () => {
    fc.assert(
      fc.property(rollouts, casts, (rollout, { takes }) => {
        const free = { ...rollout, limits: [{ name: 'all', max: NODES.length, nodes: NODES }] };
        const rehearsal = new Rehearsal(NODES, free, takes === undefined ? {} : { takes }).toTheEnd();
        expect(rehearsal.how).toBe('done');
        expect(rehearsal.now).toBe(
          new RolloutModel(NODES, free, { takes: takes ?? (() => 1) }).longestChain(),
        );
      }),
      { numRuns: often(100, 10_000) },
    );
  },
  WHOLE_MS,
);
