/**
 * Rollouts through chains of runs: each goes on with what the one before has left, and is halted, refused, ended or killed. The schedule,
 * the lines of the journal, what is read back from them and who goes on are the program's own; nodes are numbers, and a kill leaves
 * of the journal what was waited for, and of the rest any beginning.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Node } from '../../../src/core/node.ts';
import { parseHead } from '../../../src/journal/head.ts';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import type { Past } from '../../../src/journal/past-run.ts';
import { type EndState, partOf } from '../../../src/journal/repeat.ts';
import { partOfWhole } from '../../../src/run/repeat.ts';
import type { WholeRollout } from '../../../src/run/rollout/whole-rollout.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { often } from '../../often.ts';
import { BEGAN_MS, headOf, nodeNamed } from './pasts.ts';
import { RolloutWorld } from './rollout-world.ts';

const NODES = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => nodeNamed(name));
const IDS = NODES.map(({ id }) => id);

/** What each means. */
const WORDS: Readonly<Record<string, readonly EndState[]>> = {
  resume: ['skipped'],
  retry: ['failed', 'lost', 'skipped'],
  'retry --failed': ['failed'],
  'retry --lost': ['lost'],
};

type RunEnd =
  | { readonly how: 'over' }
  /** Before the first turn: these nodes are out of reach, or somebody else has the lock. */
  | { readonly how: 'refused'; readonly out: readonly string[] }
  /** `after`: so many ends of nodes. Halted; or ended by a signal. */
  | { readonly how: 'halted' | 'ended'; readonly after: number }
  /** `left`: how much is left of what nobody waited for, of 1. */
  | { readonly how: 'killed'; readonly after: number; readonly left: number };

interface Turn {
  readonly rules: RolloutRules;
  readonly own: readonly Node[];
  readonly left: Pick<WholeRollout, 'rest' | 'again'>;
  readonly end: RunEnd;
  fails(id: string): boolean;
  /** Which of those at work ends next. */
  readonly picks: readonly number[];
}

/** One run, and what its journal tells of it. */
function play(world: RolloutWorld, run: string, { rules, own, left, end: how, fails, picks }: Turn): Past {
  const { rest, again } = left;
  let kept = '';
  let unkept = '';
  const ends = new Map<string, string>();
  const write = (event: Record<string, unknown>) => {
    unkept += `${JSON.stringify({ at: new Date(BEGAN_MS).toISOString(), run, ...event })}\n`;
  };
  const settle = (node: string, outcome: { readonly kind: string; readonly [key: string]: unknown }) => {
    ends.set(node, outcome.kind);
    write({ type: 'outcome', node, ...outcome });
  };
  const head = parseHead(JSON.stringify(headOf(own, { run, rest, again, hasTurns: true })));
  if (head === undefined) throw new Error('no head');
  const finish = () => {
    write({ type: 'finished', exitCode: 0, outcomes: [] });
    return historyOf(head, parseEvents(kept + unkept), false);
  };
  world.beginRun(again.map(({ node }) => node.id));
  if (how.how === 'refused') {
    for (const { id } of own) {
      if (!how.out.includes(id)) settle(id, { kind: 'skipped', reason: 'nothing was run there' });
      else settle(id, { kind: 'refused', error: { message: 'no route to host' } });
      if (how.out.includes(id)) world.end(id, false);
    }
    return finish();
  }
  const down = partOfWhole(NODES, { rest }, rules.unreachable).down.map(({ id }) => id);
  const unbegun = rest.flatMap(({ node, kind }) => (kind === 'skipped' ? node.id : []));
  const againIds = again.map(({ node }) => node.id);
  const state = createSchedule({
    nodes: [...own.map(({ id }) => id), ...down, ...unbegun],
    ...{ down, again: againIds, unbegun },
    ...{ isFailFast: false, endedMs: 1, leftMs: 1, rollout: rules },
  });
  const due: ScheduleEvent[] = [];
  const take = (event: ScheduleEvent) => {
    for (const effect of step(state, event)) {
      if (effect.type === 'start') {
        write({ type: 'node-begun', phase: 'exec', node: effect.node });
        ends.delete(effect.node);
        kept += unkept;
        unkept = '';
        world.begin(effect.node);
      } else if (effect.type === 'skip') settle(effect.node, { kind: 'skipped', reason: effect.reason.kind });
      else if (effect.type === 'retry') due.push({ type: 'time', node: effect.node });
      else if (effect.type === 'pause') due.push({ type: 'pause-over', thread: effect.thread });
    }
  };
  const end = (id: string) => {
    const isOk = !fails(id);
    world.end(id, isOk);
    settle(id, isOk ? { kind: 'ok' } : { kind: 'exit', code: 3 });
    take({ type: 'ended', node: id, outcome: isOk ? { kind: 'ok' } : { kind: 'exit', code: 3 } });
  };
  write({ type: 'rollout' });
  take({ type: 'begin' });
  for (let count = 0; state.phase !== 'finished'; count++) {
    if ('after' in how && how.after === count) {
      if (how.how !== 'halted') break;
      take({ type: 'halted' });
      continue;
    }
    const [next] = due.splice(0, 1);
    const working = world.all('at work');
    if (next !== undefined) take(next);
    else end(working[(picks[count % picks.length] ?? 0) % working.length] ?? '');
  }
  if (state.phase === 'finished') return finish();
  if (how.how === 'killed') {
    world.kill();
    const lines = kept + unkept.slice(0, Math.floor(how.left * unkept.length));
    return historyOf(head, parseEvents(lines), false);
  }
  for (const { id } of own) {
    if (world.all('at work').includes(id)) settle(id, { kind: 'ended', reason: 'its work was ended' });
    else if (!ends.has(id)) settle(id, { kind: 'skipped', reason: 'since the run was ended' });
  }
  world.kill();
  return finish();
}

const rules: fc.Arbitrary<RolloutRules> = fc.record({
  threads: fc
    .tuple(
      fc.shuffledSubarray(IDS),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('success' as const, 'finished' as const),
    )
    .map(([ids, size, require]) => {
      const slots = Array.from({ length: Math.ceil(ids.length / size) }, (_, at) => ({
        name: `s${at}`,
        nodes: ids.slice(at * size, (at + 1) * size),
      }));
      return slots.length === 0 ? [] : [{ name: 't', require, slots }];
    }),
  limits: fc.array(
    fc.record({
      name: fc.constant('l'),
      max: fc.integer({ min: 1, max: 3 }),
      nodes: fc.subarray(IDS, { minLength: 1 }),
      onFailure: fc.constantFrom(undefined, 'hold' as const, 'release' as const),
    }),
    { maxLength: 2 },
  ),
  onFailure: fc.constantFrom('hold' as const, 'release' as const),
  unreachable: fc.constantFrom('fail' as const, 'skip' as const),
  retry: fc.option(fc.record({ times: fc.constant(1), delayMs: fc.constant(0) }), { nil: undefined }),
});

const after = fc.integer({ min: 0, max: 5 });
const left = fc.double({ min: 0, max: 1, noNaN: true });
const steps = fc.array(
  fc.record({
    word: fc.constantFrom(...Object.keys(WORDS)),
    end: fc.oneof<fc.Arbitrary<RunEnd>[]>(
      fc.record({ how: fc.constant('over') }),
      fc.record({ how: fc.constant('refused'), out: fc.subarray(IDS, { maxLength: 2 }) }),
      fc.record({ how: fc.constantFrom('halted', 'ended'), after }),
      fc.record({ how: fc.constant('killed'), after, left }),
    ),
    picks: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
    failing: fc.subarray(IDS),
  }),
  { minLength: 1, maxLength: 6 },
);

test('R5: a rollout goes on through any chain of runs: no node is worked on twice that is done or that nobody retries, none is forgotten, and what is down counts', () => {
  fc.assert(
    fc.property(rules, steps, (rollout, drawn) => {
      const world = new RolloutWorld(rollout);
      const triesMax = 1 + (rollout.retry?.times ?? 0);
      let past: Past | undefined;
      let run = 0;
      const go = (word: string, more: Pick<Turn, 'end' | 'fails' | 'picks'>) => {
        const states = WORDS[word] ?? [];
        const meant = (past?.nodes ?? []).filter(({ kind }) => states.includes(STATES[kind] as EndState));
        if (past !== undefined && meant.length === 0) return;
        const before = new Map(world.begun);
        const whole = past === undefined ? { rest: [], again: [] } : partOf(past, states).whole;
        const own = partOfWhole(NODES, whole).nodes;
        const mayBegin = past === undefined ? IDS : meant.map(({ node }) => node.id);
        run += 1;
        past = play(world, `20261128T09000${run}-0000000a`, { rules: rollout, own, left: whole, ...more });
        expect(past.nodes.map(({ node }) => node.id)).toEqual(IDS);
        for (const { node, kind, detail } of past.nodes) {
          const tries = (world.begun.get(node.id) ?? 0) - (before.get(node.id) ?? 0);
          expect(tries).toBeLessThanOrEqual(mayBegin.includes(node.id) ? triesMax : 0);
          // A kill may hide that a node is done, and nothing else.
          const known = { waiting: ['skipped'], down: ['failed', 'lost'], done: ['ok', 'failed', 'lost'] };
          const truth = world.of(node.id) as keyof typeof known;
          expect(known[truth], `${node.id} is ${truth}`).toContain(STATES[kind]);
          expect((detail.match(/in run/g) ?? []).length).toBeLessThanOrEqual(1);
        }
      };
      for (const { word, failing, ...one } of drawn)
        go(word, { ...one, fails: (id) => failing.includes(id) });
      // All is mended, and nobody kills any more.
      go('retry', { end: { how: 'over' }, picks: [0], fails: () => false });
      expect(world.all('done').sort()).toEqual([...IDS].sort());
    }),
    { numRuns: often(150, 10_000) },
  );
});

const STATES: Readonly<Record<string, EndState | 'ok'>> = {
  ok: 'ok',
  exit: 'failed',
  refused: 'failed',
  ended: 'failed',
  lost: 'lost',
  skipped: 'skipped',
};
