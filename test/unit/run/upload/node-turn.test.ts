/** The turn of one node in a rollout with files. */
import { expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { ChannelResult, WorkResult } from '../../../../src/core/outcome.ts';
import type { TurnSettings } from '../../../../src/run/upload/node-turn.ts';
import { type Commit, code, NODE, OK, turningNode } from './turning-node.ts';

/** `ok`, `exit 3`, `refused: …` */
function word(result: WorkResult): string {
  if (result.kind === 'refused') return `refused: ${result.error.message}`;
  return result.kind === 'code' ? (result.code === 0 ? 'ok' : `exit ${result.code}`) : result.kind;
}

test.each<
  [string, readonly Commit[], readonly ChannelResult[], Partial<TurnSettings>, string, string, string]
>([
  ['without a check is done when it has switched', ['well'], [], {}, 'ok', 'new', 'switches keeps'],
  [
    'keeps its files when its own check has passed',
    ['well'],
    [OK],
    { command: 'check' },
    'ok',
    'new',
    'switches runs keeps',
  ],
  [
    'goes back when its check has failed, which says how it ended (F1)',
    ['well'],
    [code(3)],
    { command: 'check' },
    'exit 3',
    'old',
    'switches runs goes back',
  ],
  [
    'that cannot switch is never checked, and says why (F1)',
    ['refused'],
    [],
    { command: 'check' },
    'refused: it went back',
    'old',
    'switches refuses',
  ],
  [
    'that cannot go back is told as what nobody knows',
    ['stuck'],
    [code(3)],
    { command: 'check' },
    'refused: it went back',
    'unknown',
    'switches runs cannot go back',
  ],
  [
    'whose worker is killed is taken back at once (F1)',
    ['cut'],
    [code(3)],
    { command: 'check' },
    'refused: it was ended by KILL',
    'old',
    'switches runs is taken back',
  ],
  [
    'with --on-failure keep has its new files, whatever its check says',
    ['well'],
    [code(3)],
    { command: 'check', isAlone: true },
    'exit 3',
    'new',
    'switches keeps runs',
  ],
  [
    'with --on-failure keep whose worker is killed is left for its keeper, which knows',
    ['cut'],
    [],
    { isAlone: true },
    'refused: it was ended by KILL',
    'unknown',
    'switches',
  ],
  [
    'runs its tool when it keeps its files, and a tool that fails takes nothing back',
    ['well'],
    [code(4)],
    { command: 'tool' },
    'exit 4',
    'new',
    'switches keeps runs',
  ],
  [
    'that lacks nothing is checked alone',
    [],
    [code(3)],
    { command: 'check', staged: undefined },
    'exit 3',
    'old',
    'runs',
  ],
])('a node of a rollout %s', async (_title, commits, command, settings, result, state, done) => {
  const found = turningNode(commits, command, settings);
  expect(word(await found.around.start().result)).toBe(result);
  expect([found.files.stateOf(NODE), found.done.join(' ')]).toEqual([state, done]);
  // How it ended is told by who started it.
  expect(found.ear.of('outcome')).toEqual([]);
});

test.each<[string, readonly Commit[], readonly ChannelResult[], Partial<TurnSettings>, string, string]>([
  [
    'is staged again where it was taken back',
    ['well', 'well'],
    [code(3), OK],
    { command: 'check' },
    'exit 3, ok',
    'switches runs goes back stages switches runs keeps',
  ],
  [
    'is staged again where it could not switch',
    ['refused', 'well'],
    [],
    {},
    'refused: it went back, ok',
    'switches refuses stages switches keeps',
  ],
  [
    'only runs its tool where it has its files',
    ['well'],
    [code(4), OK],
    { command: 'tool' },
    'exit 4, ok',
    'switches keeps runs runs',
  ],
  [
    'is left alone where nobody knows what it has',
    ['stuck'],
    [code(3)],
    { command: 'check' },
    'refused: it went back, refused: it went back',
    'switches runs cannot go back',
  ],
])('a node that is tried once more %s', async (_title, commits, command, settings, results, done) => {
  const { around, done: found } = turningNode(commits, command, settings);
  const first = word(await around.start().result);
  expect(`${first}, ${word(await around.start().result)}`).toBe(results);
  expect(found.join(' ')).toBe(done);
});

test('a node that is ended while it switches is never checked, and goes back (F1)', async () => {
  const { around, files, done } = turningNode(['well'], [], { command: 'check' });
  const started = around.start();
  started.end();
  expect(word(await started.result)).toBe('signal');
  expect([files.stateOf(NODE), done.includes('runs')]).toEqual(['old', false]);
});

test('a node that is ended while it is staged again was ended, and not refused', async () => {
  let fail = (_reason: unknown) => {};
  const stageAgain = () =>
    new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
  const { around, files } = turningNode(['well'], [code(3)], { command: 'check', stageAgain });
  await around.start().result;
  const started = around.start();
  await new Promise(setImmediate);
  started.end();
  fail(new LockstepError('upload-failed', 'upload failed'));
  expect(word(await started.result)).toBe('signal');
  expect(files.stateOf(NODE)).toBe('old');
});

test('a node that can be staged no more says why, and has what it had', async () => {
  const gone = new LockstepError('source-changed', 'it is gone here');
  const stageAgain = () => Promise.reject(gone);
  const { around, files } = turningNode(['well'], [code(3)], { command: 'check', stageAgain });
  await around.start().result;
  expect(word(await around.start().result)).toBe('refused: it is gone here');
  expect(files.stateOf(NODE)).toBe('old');
});

test.each([
  [undefined, undefined, true],
  [undefined, 'check' as const, false],
])('a turn of a node without files (%s, %s) is idle: %s', (staged, command, isIdle) => {
  expect(turningNode([], [], { staged, command }).around.isIdle).toBe(isIdle);
});
