import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHead } from '../../../src/journal/head.ts';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import { nodesOf } from '../../../src/journal/states.ts';
import { endText, outcomeOf } from '../../../src/journal/tell/words.ts';
import { commandLines, headOf, linesOf, nodeNamed } from './pasts.ts';

const NODES = ['web1', 'web2', 'web3'].map((host) => nodeNamed(host));
const HEAD = headOf(NODES);
const LINES = commandLines(
  NODES,
  [{ kind: 'ok' }, { kind: 'exit', code: 3 }, { kind: 'lost', reason: 'reset' }],
  1,
);

describe('the lines of a journal', () => {
  test('J2: that was cut at any byte tell what stood whole before the cut, and nothing else', () => {
    const bytes = Buffer.from(
      `${LINES}${linesOf([[1, { type: 'log', level: 'info', message: 'ü€ \u2028' }]])}`,
    );
    const whole = parseEvents(bytes.toString());
    for (let cut = 0; cut <= bytes.length; cut++) {
      const read = parseEvents(bytes.subarray(0, cut).toString());
      const ends = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length;
      expect(read).toEqual(whole.slice(0, ends));
    }
  });

  test('that are anything at all never throw, and no line that is no event counts', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('null', '[]', '{"type":1}', '{"type":"outcome"}'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const past = historyOf(HEAD, parseEvents(`${lines.join('\n')}\n${LINES}`), false);
        expect(past.nodes.map(({ kind }) => kind)).toEqual(['ok', 'exit', 'lost']);
      }),
    );
  });
});

test('a head without a time, or of another name, is none: one damaged run hides no others', () => {
  expect(parseHead(JSON.stringify(HEAD))).toEqual(HEAD);
  for (const odd of [{ at: 'soon' }, { at: 1 }, { run: '\x1b[31m' }, { version: 2 }, { nodes: [{}] }])
    expect(parseHead(JSON.stringify({ ...HEAD, ...odd })), JSON.stringify(odd)).toBeUndefined();
});

describe('a run', () => {
  test.each([
    ['that told its end', 1, undefined, 'over', 'exit 1', ['ok', 'exit', 'lost']],
    [
      'that told no end, and whose process is gone, has died',
      undefined,
      false,
      'died',
      'died',
      ['ok', 'exit', 'lost'],
    ],
    [
      'that told no end, and whose process lives, runs',
      undefined,
      true,
      'running',
      'running',
      ['ok', 'exit', 'running'],
    ],
    [
      'whose process cannot be seen runs',
      undefined,
      undefined,
      'running',
      'running',
      ['ok', 'exit', 'running'],
    ],
  ] as const)('%s', (_what, exitCode, isAlive, state, outcome, kinds) => {
    const known = [{ kind: 'ok' }, { kind: 'exit', code: 3 }, { kind: 'lost', reason: 'reset' }];
    const lines = commandLines(NODES, exitCode === undefined ? known.slice(0, 2) : known, exitCode);
    const past = historyOf(HEAD, parseEvents(lines), isAlive);
    expect(past.state).toBe(state);
    expect(outcomeOf(past)).toBe(outcome);
    expect(past.nodes.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('J2: that died has lost all nodes of which no end is written: work may have begun that has not come to the disk', () => {
    const before = historyOf(HEAD, parseEvents(linesOf([[0, { type: 'begun', who: 'ann@desk' }]])), false);
    expect(before.nodes.map(({ kind }) => kind)).toEqual(['lost', 'lost', 'lost']);
    const within = historyOf(HEAD, parseEvents(commandLines(NODES, [{ kind: 'ok' }])), false);
    expect(within.nodes.map(({ kind }) => kind)).toEqual(['ok', 'lost', 'lost']);
  });

  test('knows when each node did what, also what was not ended', () => {
    const past = historyOf(HEAD, parseEvents(commandLines(NODES, [{ kind: 'ok' }])), false);
    const spans = past.nodes.map(({ spans: all }) =>
      all.map(({ phase, fromMs, toMs }) => `${phase} ${fromMs - past.beganMs}-${toMs - past.beganMs}`),
    );
    expect(spans).toEqual([
      ['connect 0-300', 'lock 400-500', 'exec 600-900'],
      ['connect 1-301', 'lock 400-501', 'exec 600-900'],
      ['connect 2-302', 'lock 400-502', 'exec 600-900'],
    ]);
  });

  test('a node of a rollout that lasts is waiting until its turn has come, and does nothing; one at work is running', () => {
    const began = (id: string | undefined) =>
      linesOf([[700, { type: 'node-begun', phase: 'exec', node: id }]]);
    const lines = `${commandLines(NODES, [{ kind: 'ok' }])}${began(NODES[1]?.id)}`;
    const past = historyOf(headOf(NODES, { hasTurns: true }), parseEvents(lines), true);
    expect(past.nodes.map(endText)).toEqual(['ok', 'running', 'waiting: its turn has not come']);
    expect(past.nodes.map(({ spans }) => spans.map(({ phase }) => phase))).toEqual([
      ['connect', 'lock', 'exec'],
      ['connect', 'lock', 'exec'],
      ['connect', 'lock'],
    ]);
  });
});

describe('the nodes of a run', () => {
  const KINDS = [
    { kind: 'ok' },
    { kind: 'exit', code: 1 },
    { kind: 'signal', signal: 'KILL' },
    { kind: 'timed-out', afterMs: 1000 },
    { kind: 'refused', error: { code: 'auth', message: 'no key' } },
    { kind: 'ended', reason: 'another failed' },
    { kind: 'lost', reason: 'reset' },
    { kind: 'skipped', reason: 'never began' },
  ];
  const nodes = KINDS.map(({ kind }) => nodeNamed(kind));
  const past = historyOf(headOf(nodes), parseEvents(commandLines(nodes, KINDS, 1)), false);

  test.each([
    ['ok', ['ok']],
    ['failed', ['exit', 'signal', 'timed-out', 'refused', 'ended']],
    ['lost', ['lost']],
    ['skipped', ['skipped']],
    ['all', KINDS.map(({ kind }) => kind)],
  ])('by how they ended: %s', (state, kinds) => {
    expect(nodesOf(past, state).map(({ text }) => text)).toEqual(kinds.map((kind) => `root@${kind}:22`));
  });

  test('are picked by no other word', () => {
    for (const state of ['', 'Ok', 'fail', 'constructor'])
      expect(() => nodesOf(past, state)).toThrow(/are not picked by/);
  });
});
