import { expect, test } from 'vitest';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { withHooks } from '../../../src/run/rollout/hooks.ts';
import { nodesOf } from '../rollout/given.ts';

const code = (number: number): ChannelResult => ({ kind: 'code', code: number });
const LOST: ChannelResult = { kind: 'lost', reason: 'gone' };
const ALL = { before: 'drain', after: 'undrain', onFailure: 'page' };

/** Runs a command with its hooks, each of which ends as is said of it, with 0 else; `ended`: while this one runs. */
async function ran(hooks: object, ends: Readonly<Record<string, ChannelResult>> = {}, ended?: string) {
  const done: string[] = [];
  const told: string[] = [];
  let end = () => {};
  const run = async (text: string) => {
    done.push(text);
    await Promise.resolve();
    if (text === ended) end();
    return ends[text] ?? code(0);
  };
  const [node] = nodesOf('web1');
  if (node === undefined) throw new Error('no node');
  const site = { node, start: () => ({ result: run('command'), end: () => void done.push('ended') }) };
  const tell = (event: object) => void told.push('message' in event ? String(event.message) : '');
  const started = withHooks(site, { hooks, tell, run, end: () => void done.push('ended') }).start();
  end = started.end;
  return { result: await started.result, done: done.join(' '), told };
}

test.each([
  ['around a command that succeeds', ALL, {}, code(0), 'drain command undrain', []],
  ['none of them', {}, { command: code(3) }, code(3), 'command', []],
  [
    'before that fails: the command never runs, and the node has failed',
    ALL,
    { drain: code(7) },
    code(7),
    'drain page',
    ['the hook before failed: exit code 7'],
  ],
  ['a command that fails: after does not run', ALL, { command: code(3) }, code(3), 'drain command page', []],
  [
    'after that fails: the node has failed',
    ALL,
    { undrain: code(2) },
    code(2),
    'drain command undrain page',
    ['the hook after failed: exit code 2'],
  ],
  [
    'on_failure that fails is told, and changes nothing',
    ALL,
    { command: code(3), page: code(9) },
    code(3),
    'drain command page',
    ['the hook on_failure failed: exit code 9'],
  ],
  ['a node that is lost: nothing more runs', ALL, { command: LOST }, LOST, 'drain command', []],
])('hooks: %s', async (_title, hooks, ends, result, done, told) => {
  expect(await ran(hooks, ends)).toEqual({ result, done, told });
});

test('hooks: when the node is ended nothing more begins there', async () => {
  const ended = { result: { kind: 'signal', signal: 'TERM' }, told: [] };
  expect(await ran(ALL, {}, 'drain')).toEqual({ ...ended, done: 'drain ended' });
});
