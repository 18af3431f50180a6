import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode, EXIT, LockstepError } from '../../../src/core/errors.ts';
import type { Success } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { endingOf } from '../../../src/run/ending.ts';
import { often } from '../../often.ts';
import { nodeAt, runFor, WORKS } from './fixtures.ts';

const NODES = ['a', 'b', 'c'].map((host) => nodeAt(host));
const OUTCOMES = {
  ok: { kind: 'ok' },
  exit: { kind: 'exit', code: 7 },
  follows: { kind: 'exit', code: 5, follows: true },
  signal: { kind: 'signal', signal: 'TERM' },
  lost: { kind: 'lost', reason: 'cut' },
  'timed-out': { kind: 'timed-out', afterMs: 5_000 },
  refused: { kind: 'refused', error: new LockstepError('unreachable', 'no') },
  ended: { kind: 'ended', reason: 'since another failed first' },
  skipped: { kind: 'skipped', reason: 'it was its turn never' },
} as const satisfies Record<string, Outcome>;
type Known = keyof typeof OUTCOMES | 'unknown';
const SUCCESS: Success = { files: 1, bytes: 2, savedBytes: 0, nodes: 3, tookMs: 4 };

interface Facts {
  readonly mode?: keyof typeof WORKS;
  readonly failure?: ErrorCode | undefined;
  readonly program?: number | undefined;
  readonly hasWorkBegun?: boolean;
  readonly known?: readonly Known[];
}

/** How a run ends of which this is known. */
function endOf({ mode = 'command', failure, program, hasWorkBegun = true, known = [] }: Facts) {
  const run = runFor({ work: WORKS[mode] }, NODES.slice(0, known.length));
  run.progress.hasWorkBegun = hasWorkBegun;
  run.progress.programCode = program;
  run.progress.success = SUCCESS;
  for (const [at, name] of known.entries()) {
    if (name !== 'unknown') run.outcomes.settle(NODES[at] as Node, OUTCOMES[name]);
  }
  return endingOf(run, failure === undefined ? undefined : new LockstepError(failure, 'why'));
}

describe('the exit code of a run', () => {
  test.each<[what: string, facts: Facts, exitCode: number]>([
    ['all is well', { known: ['ok', 'ok'] }, 0],
    ['nothing is known, and nothing failed', { known: ['unknown', 'unknown'] }, 0],
    ['a node was left out, and the others are well', { known: ['ok', 'refused'] }, 0],
    ['a command failed, whatever its own code', { known: ['ok', 'exit'] }, 1],
    ['a tool failed only since another did', { known: ['ok', 'follows'] }, 1],
    ['a command died by a signal', { known: ['signal'] }, 1],
    ['a node was lost', { known: ['ok', 'lost', 'ok'] }, 1],
    ['a node was lost and another left out', { known: ['refused', 'lost'] }, 1],
    ['a command was ended with others', { known: ['ended'] }, 1],
    ['a node was never at work', { known: ['ok', 'skipped'] }, 1],
    ['a time limit is known of the node alone', { known: ['timed-out'] }, 1],
    ['the first cause is a time limit', { failure: 'command-timed-out', known: ['exit', 'timed-out'] }, 124],
    ['the first cause is a command', { failure: 'command-failed', known: ['exit', 'timed-out'] }, 1],
    ['the program ended well', { mode: 'lock', program: 0, known: ['unknown'] }, 0],
    ['the program ended with a code', { mode: 'lock', program: 42, known: ['unknown'] }, 42],
    ['the program ended with a code, and a node was left out', { program: 42, known: ['refused'] }, 42],
    ['the program ended well, and a node without a lock was lost', { program: 0, known: ['lost'] }, 0],
    ['the lock was lost, whatever the program says', { failure: 'lock-lost', program: 0, known: ['ok'] }, 2],
    ['the lock was lost, and the program failed', { failure: 'lock-lost', program: 42, known: ['ok'] }, 2],
    ['the user ended it, and all were well by then', { failure: 'interrupted', known: ['ok', 'ok'] }, 130],
  ])('%s', (_what, facts, exitCode) => {
    expect(endOf(facts).exitCode).toBe(exitCode);
  });

  const table: readonly (readonly [exit: number, codes: readonly ErrorCode[]])[] = [
    [
      1,
      [
        'command-failed',
        'job-failed',
        'connection-lost',
        'protocol-failed',
        'not-broken',
        'download-failed',
        'rollout-failed',
        'check-failed',
        'not-at-work',
      ],
    ],
    [2, ['lock-lost', 'session-gone']],
    [
      3,
      [
        'unreachable',
        'rollout-unreachable',
        'auth',
        'channel',
        'host-key-changed',
        'host-key-unknown',
        'host-key-revoked',
      ],
    ],
    [4, ['upload-failed', 'source-changed', 'taken-back']],
    [5, ['commit-failed']],
    [64, ['usage']],
    [69, ['unusable', 'lock-unavailable', 'no-answer']],
    [70, ['bug']],
    [74, ['file-not-written', 'output-not-written', 'local-refusal']],
    [75, ['locked', 'draining']],
    [124, ['command-timed-out', 'timed-out']],
    [126, ['program-denied']],
    [127, ['program-missing']],
    [129, ['hangup']],
    [130, ['interrupted', 'rollout-halted']],
    [143, ['terminated']],
  ];

  test.each(table)('%i is that of %s, in every mode and however far it came', (exit, codes) => {
    for (const failure of codes) {
      for (const mode of Object.keys(WORKS) as (keyof typeof WORKS)[]) {
        for (const hasWorkBegun of [false, true]) {
          const ending = endOf({ mode, failure, hasWorkBegun, program: 9, known: ['ok', 'lost'] });
          expect(ending).toMatchObject({ exitCode: exit, failure: { code: failure } });
        }
      }
    }
  });

  test('every error that there is stands in that table once', () => {
    const listed = table.flatMap(([, codes]) => codes);
    expect([...listed].sort()).toEqual(Object.keys(ERRORS).sort());
    const causes = Object.values(EXIT).filter((exit) => exit !== EXIT.ok && exit !== EXIT.changesPending);
    expect(table.map(([exit]) => exit)).toEqual(causes);
  });
});

describe('the nodes of a run', () => {
  test.each(Object.entries(OUTCOMES))('what is known of one is told as it is: %s', (name, outcome) => {
    for (const failure of [undefined, 'command-failed', 'interrupted'] as const) {
      for (const hasWorkBegun of [false, true]) {
        const { outcomes } = endOf({ failure, hasWorkBegun, known: [name as Known, 'ok'] });
        expect(outcomes).toEqual([
          { node: NODES[0], outcome },
          { node: NODES[1], outcome: OUTCOMES.ok },
        ]);
      }
    }
  });

  test.each<[what: string, facts: Facts, outcome: Outcome]>([
    ['is well where the run is', {}, { kind: 'ok' }],
    ['is well where the run is, which only looked', { hasWorkBegun: false }, { kind: 'ok' }],
    [
      'was at work when the run ended',
      { failure: 'lock-lost' },
      { kind: 'ended', reason: 'its work was ended with the run', follows: true },
    ],
    [
      'was never at work',
      { failure: 'locked', hasWorkBegun: false },
      { kind: 'skipped', reason: 'nothing was run there' },
    ],
  ])('one that nothing is known of %s', (_what, facts, outcome) => {
    const { outcomes } = endOf({ ...facts, known: ['unknown', 'refused', 'unknown'] });
    expect(outcomes.map((each) => each.outcome)).toEqual([outcome, OUTCOMES.refused, outcome]);
  });

  test('they stand in the order of the targets, not in that in which they ended', () => {
    const run = runFor({}, NODES);
    for (const node of [...NODES].reverse()) run.outcomes.settle(node, OUTCOMES.ok);
    expect(endingOf(run, undefined).outcomes.map(({ node }) => node)).toEqual(NODES);
  });

  test('what is known of a node that is none of the run decides nothing', () => {
    const run = runFor({}, NODES.slice(0, 1));
    run.outcomes.settle(nodeAt('elsewhere'), OUTCOMES.exit);
    expect(endingOf(run, undefined)).toMatchObject({ exitCode: 0, outcomes: [{ node: NODES[0] }] });
  });
});

describe('an orderly end has nothing to report', () => {
  test.each<[what: string, facts: Facts, isOrderly: boolean]>([
    ['-L ended by Ctrl-C', { mode: 'lock', failure: 'interrupted' }, true],
    ['-L ended by TERM', { mode: 'lock', failure: 'terminated' }, true],
    ['-L ended by its program', { mode: 'lock', program: 3 }, true],
    ['-L whose terminal went away', { mode: 'lock', failure: 'hangup' }, false],
    ['-L that lost its lock', { mode: 'lock', failure: 'lock-lost' }, false],
    ['-L whose program is missing', { mode: 'lock', failure: 'program-missing' }, false],
    ['-L ended before it had its lock', { mode: 'lock', failure: 'interrupted', hasWorkBegun: false }, false],
    ['a command ended by Ctrl-C', { failure: 'interrupted' }, false],
    ['a command that went well', {}, false],
    ['an upload ended by TERM', { mode: 'upload', failure: 'terminated' }, false],
  ])('%s: %s', (_what, facts, isOrderly) => {
    expect(endOf({ ...facts, known: ['unknown'] }).isOrderly).toBe(isOrderly);
  });
});

test('a success is told with exit code 0 alone', () => {
  expect(endOf({ mode: 'upload', known: ['ok'] }).success).toBe(SUCCESS);
  expect(endOf({ mode: 'upload', known: ['ok', 'lost'] }).success).toBeUndefined();
  expect(endOf({ mode: 'sync', known: ['ok'], failure: 'interrupted' }).success).toBeUndefined();
});

test('what is known of the files, who is stuck and what is still looked up are handed on', () => {
  const run = runFor({ work: WORKS.upload }, NODES);
  run.files.begin(NODES);
  run.stuck.push(...NODES.slice(1, 2));
  const ending = endingOf(run, undefined);
  expect(ending.files).toEqual({ hasBegun: false, old: NODES, new: [], unknown: [] });
  expect(ending.stuck).toEqual([NODES[1]]);
  expect(ending.preparing).toBe(run.progress.preparing);
});

test('whatever is known, the first cause decides, then the program, then the nodes that count', () => {
  const knowns = [...Object.keys(OUTCOMES), 'unknown'] as Known[];
  const facts = fc.record({
    mode: fc.constantFrom(...(Object.keys(WORKS) as (keyof typeof WORKS)[])),
    failure: fc.option(fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])), { nil: undefined }),
    program: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
    hasWorkBegun: fc.boolean(),
    known: fc.array(fc.constantFrom(...knowns), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(facts, (given) => {
      const { failure, program, known, mode, hasWorkBegun } = given;
      const ending = endOf(given);
      const isBad = known.some((name) => !['ok', 'refused', 'unknown'].includes(name));
      const expected = failure !== undefined ? ERRORS[failure].exit : (program ?? (isBad ? 1 : 0));
      expect(ending.exitCode).toBe(expected);
      expect(ending.success === undefined).toBe(expected !== 0);
      expect(ending.outcomes.length).toBe(known.length);
      // A failure never reads as a node that is well and was never seen to be.
      for (const [at, name] of known.entries()) {
        if (name === 'unknown' && failure !== undefined) {
          expect(ending.outcomes[at]?.outcome.kind).toBe(hasWorkBegun ? 'ended' : 'skipped');
        }
      }
      if (ending.isOrderly) expect([mode, hasWorkBegun]).toEqual(['lock', true]);
    }),
    { numRuns: often(500) },
  );
});
