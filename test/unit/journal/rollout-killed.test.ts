/**
 * Rollouts through kills of their controller. The schedule, the lines of the journal, what is read back from them and who goes on
 * are the program's own; nodes are numbers, and a kill leaves of the journal what was waited for, and of the rest any beginning.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Node } from '../../../src/core/node.ts';
import type { RestNode } from '../../../src/core/rest.ts';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import type { Past } from '../../../src/journal/past-run.ts';
import { type EndState, partOf } from '../../../src/journal/repeat.ts';
import { partOfWhole } from '../../../src/run/repeat.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { often } from '../../often.ts';
import { BEGAN_MS, headOf, nodeNamed } from './pasts.ts';

const NODES = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => nodeNamed(name));
const IDS = NODES.map(({ id }) => id);

/** What is true of the nodes, whoever knows it. */
class World {
  readonly begun = new Map<string, number>();
  /** Down: failed, or in the middle of its work when that was ended. */
  readonly down = new Set<string>();
  readonly ok = new Set<string>();
  readonly atWork = new Set<string>();
  readonly #rules: RolloutRules;

  constructor(rules: RolloutRules) {
    this.#rules = rules;
  }

  begin(id: string): void {
    this.begun.set(id, (this.begun.get(id) ?? 0) + 1);
    this.down.delete(id);
    this.atWork.add(id);
    for (const { nodes, max, onFailure } of this.#rules.limits) {
      const isHeld = (onFailure ?? this.#rules.onFailure) !== 'release';
      const taken = nodes.filter((one) => this.atWork.has(one) || (isHeld && this.down.has(one)));
      if (taken.length > max && nodes.includes(id)) throw new Error(`${id} begins, and a limit is exceeded`);
    }
    for (const { slots, require } of this.#rules.threads) {
      const at = slots.findIndex(({ nodes }) => nodes.includes(id));
      for (const one of slots.slice(0, Math.max(0, at)).flatMap(({ nodes }) => nodes)) {
        if (require === 'success' ? !this.ok.has(one) : this.atWork.has(one))
          throw new Error(`${id} begins before ${one} is done`);
      }
    }
  }

  end(id: string, isOk: boolean): void {
    this.atWork.delete(id);
    (isOk ? this.ok : this.down).add(id);
  }

  /** The leash of the nodes ends what is at work. */
  kill(): void {
    for (const id of [...this.atWork]) this.end(id, false);
  }
}

interface Turn {
  readonly rules: RolloutRules;
  readonly own: readonly Node[];
  readonly rest: readonly RestNode[];
  readonly again: readonly string[];
  fails(id: string): boolean;
  /** The controller is killed after so many ends; -1: never. */
  readonly killedAfter: number;
  /** How much is left of what nobody waited for, of 1. */
  readonly left: number;
  /** Which of those at work ends next. */
  readonly picks: readonly number[];
}

/** One run, and what its journal tells of it. */
function play(
  world: World,
  run: string,
  { rules, own, rest, again, fails, killedAfter, left, picks }: Turn,
): Past {
  let kept = '';
  let unkept = '';
  const write = (event: Record<string, unknown>) => {
    unkept += `${JSON.stringify({ at: new Date(BEGAN_MS).toISOString(), run, ...event })}\n`;
  };
  const keep = () => {
    kept += unkept;
    unkept = '';
  };
  const { down } = partOfWhole(NODES, { rest }, rules.unreachable);
  const downIds = down.map(({ id }) => id);
  const state = createSchedule({
    nodes: [...own.map(({ id }) => id), ...downIds],
    ...{ down: downIds, again },
    ...{ isFailFast: false, endedMs: 1, leftMs: 1, rollout: rules },
  });
  const due: ScheduleEvent[] = [];
  const take = (event: ScheduleEvent) => {
    for (const effect of step(state, event)) {
      if (effect.type === 'start') {
        write({ type: 'node-begun', phase: 'exec', node: effect.node });
        keep();
        world.begin(effect.node);
      } else if (effect.type === 'skip') {
        write({ type: 'outcome', node: effect.node, kind: 'skipped', reason: effect.reason.kind });
      } else if (effect.type === 'retry') due.push({ type: 'time', node: effect.node });
      else if (effect.type === 'pause') due.push({ type: 'pause-over', thread: effect.thread });
    }
  };
  const end = (id: string) => {
    const isOk = !fails(id);
    world.end(id, isOk);
    write({ type: 'outcome', node: id, ...(isOk ? { kind: 'ok' } : { kind: 'exit', code: 3 }) });
    take({ type: 'ended', node: id, outcome: isOk ? { kind: 'ok' } : { kind: 'exit', code: 3 } });
  };
  const isKilled = (ends: number) => killedAfter >= 0 && ends >= killedAfter;
  write({ type: 'rollout' });
  take({ type: 'begin' });
  let ends = 0;
  for (; state.phase !== 'finished' && !isKilled(ends); ends++) {
    const [next] = due.splice(0, 1);
    const working = [...world.atWork];
    if (next !== undefined) take(next);
    else end(working[(picks[ends % picks.length] ?? 0) % working.length] ?? '');
  }
  const head = headOf(own, { run, rest, hasTurns: true });
  if (state.phase === 'finished') {
    write({ type: 'finished', exitCode: 0, outcomes: [] });
    return historyOf(head, parseEvents(kept + unkept), false);
  }
  world.kill();
  return historyOf(head, parseEvents(kept + unkept.slice(0, Math.floor(left * unkept.length))), false);
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

const turns = fc.array(
  fc.record({
    killedAfter: fc.integer({ min: -1, max: 5 }),
    left: fc.double({ min: 0, max: 1, noNaN: true }),
    picks: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
    failing: fc.subarray(IDS),
  }),
  { minLength: 1, maxLength: 4 },
);

test('R5: a rollout that is killed again and again goes on by resume: no node is worked on twice, none is forgotten, and what is down counts', () => {
  fc.assert(
    fc.property(rules, turns, (rollout, drawn) => {
      const world = new World(rollout);
      let own: readonly Node[] = NODES;
      let rest: readonly RestNode[] = [];
      let again: readonly string[] = [];
      let past: Past | undefined;
      let run = 0;
      const go = (more: Omit<Turn, 'rules' | 'own' | 'rest' | 'again'>) => {
        run += 1;
        past = play(world, `20261128T09000${run}-0000000a`, { rules: rollout, own, rest, again, ...more });
        expect(past.nodes.map(({ node }) => node.id)).toEqual(IDS);
        // What the journal calls ok is; what never began did not; and what is ok is known to have begun.
        for (const { node, kind } of past.nodes) {
          if (kind === 'ok') expect(world.ok.has(node.id)).toBe(true);
          if (world.begun.has(node.id)) expect(kind).not.toBe('skipped');
        }
      };
      const goOnWith = (states: readonly EndState[]): boolean => {
        if (past === undefined || !past.nodes.some(({ kind }) => states.includes(STATES[kind] as EndState)))
          return false;
        ({ rest, again } = partOf(past, states).whole);
        own = partOfWhole(NODES, { rest }).nodes;
        return true;
      };
      for (const [at, { failing, ...one }] of drawn.entries()) {
        if (at > 0 && !goOnWith(['skipped'])) break;
        go({ ...one, fails: (id) => failing.includes(id) });
        const triesMax = 1 + (rollout.retry?.times ?? 0);
        for (const times of world.begun.values()) expect(times).toBeLessThanOrEqual(triesMax);
      }
      // All is mended, and nobody kills any more.
      const known = new Set(past?.nodes.flatMap(({ node, kind }) => (kind === 'ok' ? [node.id] : [])));
      const before = new Map(world.begun);
      if (goOnWith(['failed', 'lost', 'skipped']))
        go({ killedAfter: -1, left: 1, picks: [0], fails: () => false });
      expect([...world.ok].sort()).toEqual([...IDS].sort());
      for (const id of known) expect(world.begun.get(id)).toBe(before.get(id));
    }),
    { numRuns: often(150, 10_000) },
  );
});

const STATES: Readonly<Record<string, EndState | 'ok'>> = {
  ok: 'ok',
  exit: 'failed',
  lost: 'lost',
  skipped: 'skipped',
};
