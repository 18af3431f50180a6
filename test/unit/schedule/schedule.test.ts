import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/core/outcome.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleRules } from '../../../src/schedule/schedule-rules.ts';
import type { ScheduleEvent } from '../../../src/schedule/schedule-state.ts';

const RULES: ScheduleRules = { nodes: ['a', 'b', 'c'], isFailFast: false, endedMs: 20, leftMs: 2 };
const OK: Outcome = { kind: 'ok' };
const FAILED: Outcome = { kind: 'exit', code: 3 };

const begin: ScheduleEvent = { type: 'begin' };
const began = (node: string): ScheduleEvent => ({ type: 'began', node });
const left = (node: string): ScheduleEvent => ({ type: 'left', node });
const time = (node: string): ScheduleEvent => ({ type: 'time', node });
const ended = (node: string, outcome: Outcome = OK): ScheduleEvent => ({ type: 'ended', node, outcome });

const unwanted = (node: string): ScheduleEvent => ({ type: 'unwanted', node, why: { kind: 'protocol' } });

/** What is asked for after each event, in short. */
function play(rules: Partial<ScheduleRules>, events: readonly ScheduleEvent[]): string[] {
  const state = createSchedule({ ...RULES, ...rules });
  return events.map((event) => {
    return step(state, event)
      .map(({ type, ...rest }) => [type, ...Object.values(rest).map(inShort)].join(' '))
      .join(', ');
  });
}

function inShort(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.values(value).join(':') : String(value);
}

describe('the schedule', () => {
  test.each<[string, Partial<ScheduleRules>, readonly [ScheduleEvent, string][]]>([
    [
      'starts all at once, in their order, and has finished when all have ended',
      {},
      [
        [begin, 'start a, start b, start c'],
        [began('b'), ''],
        [ended('b', FAILED), ''],
        [ended('a'), ''],
        [ended('c'), 'finish done'],
      ],
    ],
    ['has finished at once where there are no nodes', { nodes: [] }, [[begin, 'finish done']]],
    [
      '--timeout: ends a command whose time is over, and gives it up when it has not ended after the grace',
      { nodes: ['a'], timeoutMs: 10 },
      [
        [begin, 'start a'],
        [began('a'), 'set-timer a 10'],
        [time('a'), 'set-timer a 20, end a timeout:10'],
        [time('a'), 'give-up a'],
        [time('a'), ''],
        [ended('a'), 'finish done'],
      ],
    ],
    [
      '--timeout: gives up sooner what an ended command has left behind',
      { nodes: ['a', 'b'], timeoutMs: 10 },
      [
        [begin, 'start a, start b'],
        [began('a'), 'set-timer a 10'],
        [began('b'), 'set-timer b 10'],
        [left('a'), ''],
        [time('a'), 'set-timer a 2, end a timeout:10'],
        [time('b'), 'set-timer b 20, end b timeout:10'],
        [left('b'), 'set-timer b 2'],
        [left('b'), ''],
        [time('b'), 'give-up b'],
      ],
    ],
    [
      '--timeout: a timer that comes when its command has ended means nothing',
      { nodes: ['a', 'b'], timeoutMs: 10 },
      [
        [begin, 'start a, start b'],
        [began('a'), 'set-timer a 10'],
        [ended('a'), ''],
        [time('a'), ''],
      ],
    ],
    [
      '--fail-fast: the first that fails ends the others, those that wait for their turn as well',
      { isFailFast: true, timeoutMs: 10 },
      [
        [begin, 'start a, start b, start c'],
        [began('b'), 'set-timer b 10'],
        [
          ended('b', FAILED),
          'tell b 2, set-timer a 20, end a fail-fast:b, set-timer c 20, end c fail-fast:b',
        ],
        [began('a'), ''],
        [ended('a', FAILED), ''],
        [time('c'), 'give-up c'],
        [ended('c', { kind: 'ended', reason: '' }), 'finish done'],
      ],
    ],
    [
      '--fail-fast: one that is being ended for its own time is not ended again',
      { nodes: ['a', 'b'], isFailFast: true, timeoutMs: 10 },
      [
        [begin, 'start a, start b'],
        [began('a'), 'set-timer a 10'],
        [time('a'), 'set-timer a 20, end a timeout:10'],
        [ended('b', FAILED), 'tell b 1'],
        [ended('a', { kind: 'timed-out', afterMs: 10 }), 'finish done'],
      ],
    ],
    [
      '--fail-fast: the last that fails ends nobody, and one that only fell with others is no failure',
      { nodes: ['a', 'b'], isFailFast: true },
      [
        [begin, 'start a, start b'],
        [ended('a', { kind: 'ended', reason: '' }), ''],
        [ended('b', FAILED), 'finish done'],
      ],
    ],
    [
      'what the sync protocol wants ended is ended once, and given up after the grace',
      { nodes: ['a', 'b'] },
      [
        [begin, 'start a, start b'],
        [unwanted('a'), 'set-timer a 20, end a protocol'],
        [unwanted('a'), ''],
        [left('a'), 'set-timer a 2'],
        [time('a'), 'give-up a'],
        [ended('a'), ''],
        [unwanted('a'), ''],
        [ended('b'), 'finish done'],
      ],
    ],
  ])('%s', (_title, rules, turns) => {
    const events = turns.map(([event]) => event);
    expect(play(rules, events)).toEqual(turns.map(([, effects]) => effects));
  });

  test('--batch: a command that was given up, and may still run, keeps its place, until it is skipped; one that has only left something gives it back', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e'];
    const limits = [{ name: '--batch', max: 2, nodes, onFailure: 'release' as const }];
    const rollout = { threads: [], limits, onFailure: 'hold' as const, unreachable: 'fail' as const };
    const turns: [ScheduleEvent, string][] = [
      [begin, 'start a, start b'],
      [began('a'), ''],
      [began('b'), ''],
      [left('b'), ''],
      [time('a'), ''],
      [time('a'), ''],
      [ended('a', FAILED), ''],
      [time('b'), ''],
      [time('b'), ''],
      [ended('b', FAILED), 'start c'],
      [{ type: 'retried', node: 'a' }, ''],
      [{ type: 'skipped', node: 'a' }, 'start d'],
      [ended('d'), 'start e'],
    ];
    const told = play(
      { nodes, timeoutMs: 10, rollout },
      turns.map(([event]) => event),
    );
    const starts = told.map((text) => text.match(/start \w/g)?.join(', ') ?? '');
    expect(starts).toEqual(turns.map(([, text]) => text));
  });

  test('a node of another run is refused', () => {
    expect(() => play({}, [began('x')])).toThrow('x is no node of this run');
  });
});
