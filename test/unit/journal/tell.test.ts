import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { historyOf, parseEvents } from '../../../src/journal/history.ts';
import type { EventLine } from '../../../src/journal/past-run.ts';
import { logTeller } from '../../../src/journal/tell/log.ts';
import { reportText } from '../../../src/journal/tell/report.ts';
import { runLines, runObject } from '../../../src/journal/tell/runs.ts';
import { showObject, showText } from '../../../src/journal/tell/show.ts';
import { commandLines, headOf, linesOf, nodeNamed } from './pasts.ts';

const NODES = Array.from({ length: 30 }, (_, at) => nodeNamed(`web${at + 1}`));
const ENDS = NODES.map((_, at) =>
  at < 28
    ? { kind: 'ok' }
    : at === 28
      ? { kind: 'exit', code: 3 }
      : { kind: 'lost', reason: 'reset\x1b[31m' },
);
const LINES = commandLines(NODES, ENDS, 1);
const past = historyOf(headOf(NODES), parseEvents(LINES), false);

describe('runs', () => {
  test('have a line each, in columns', () => {
    const died = historyOf(
      headOf(NODES.slice(0, 2), { run: '20261128T100000-00000001', command: 'x\n\x1b[2J' }),
      [],
      false,
    );
    expect(runLines([past, died])).toBe(`\
RUN                       BEGAN (UTC)          TOOK   NODES OK  OUTCOME  WHO       COMMAND
20261128T090000-0000000a  2026-11-28 09:00:00  1.0 s  28 of 30  exit 1   ann@desk  -C uptime
20261128T100000-00000001  2026-11-28 09:00:00  -      0 of 2    died     ann@desk  x [2J
`);
    const lines = runLines([past, died], 91).split('\n');
    expect(lines[1]).toBe(
      '20261128T090000-0000000a  2026-11-28 09:00:00  1.0 s  28 of 30  exit 1   ann@desk  -C uptim',
    );
  });

  test('are objects for programs', () => {
    expect(runObject(past)).toEqual({
      run: '20261128T090000-0000000a',
      at: '2026-11-28T09:00:00.000Z',
      who: 'ann@desk',
      command: '-C uptime',
      directory: '/home/ann',
      state: 'over',
      exitCode: 1,
      tookMs: 1000,
      nodes: 30,
      ok: 28,
    });
  });
});

describe('a run', () => {
  test('shows how each node ended, folded', () => {
    expect(showText(past, '/there/RUN')).toBe(`\
run 20261128T090000-0000000a of ann@desk, in /home/ann
  -C uptime
began 2026-11-28 09:00:00 UTC, took 1.0 s: exit 1
  web[1-28] (28): ok
  web29 (1): exit code 3
  web30 (1): lost: reset^[[31m
files: /there/RUN
`);
    expect(showObject(past)).toMatchObject({ ok: 28, failure: null, outcomes: { length: 30 } });
  });

  test('is told as sentences, each failure once', () => {
    const tell = logTeller(headOf(NODES));
    const events = parseEvents(
      linesOf([
        [0, { type: 'begun', who: 'ann@desk' }],
        [1, { type: 'phase', phase: 'connect', nodes: 30 }],
        [2, { type: 'node-done', phase: 'connect', node: '[root@web1:22]' }],
        [3, { type: 'left-out', errors: [{ code: 'auth', node: '[root@web2:22]', message: 'no' }] }],
        [4, { type: 'outcome', node: '[root@web3:22]', kind: 'exit', code: 3 }],
        [4, { type: 'node-failed', phase: 'exec', node: '[root@web3:22]', error: { message: 'exited' } }],
        [5, { type: 'node-failed', phase: 'commit', node: '[root@web4:22]', error: { message: 'full' } }],
        [6, { type: 'log', level: 'warn', node: '[root@web1:22]', message: 'odd\nlines' }],
        [7, { type: 'of-tomorrow', node: '[root@web1:22]' }],
        [8, { type: 'finished', exitCode: 1, outcomes: [], failure: { message: 'one failed' } }],
      ]),
    );
    expect(events.map((event) => tell(event) ?? '').join('')).toBe(`\
09:00:00.000 run 20261128T090000-0000000a of ann@desk begins
09:00:00.001 connects: 30 nodes
09:00:00.002 web1: is connected
09:00:00.003 goes on without web2
09:00:00.004 web3: exit code 3
09:00:00.005 web4: fails at commit: full
09:00:00.006 web1: warn: odd^Jlines
09:00:00.008 ends with exit code 1: one failed
`);
  });

  test('is drawn, nodes that look alike in one line', () => {
    const few = historyOf(
      headOf(NODES.slice(0, 3)),
      parseEvents(commandLines(NODES.slice(0, 3), ENDS.slice(27, 30), 1)),
      false,
    );
    expect(reportText(few, 60)).toBe(`\
run 20261128T090000-0000000a, began 2026-11-28 09:00:00 UTC: exit 1
  -C uptime

      0 ms                     1.0 s
web1  .........   :::   #########     ok
web2  ..........  ::::  ##########    exit code 3
web3  ..........  ::::  ##########    lost: reset^[[31m

. connects   : waits for the lock   - looks, sends, puts in place   # runs the command
`);
  });

  test('of very many nodes is drawn in a bounded number of lines', () => {
    const nodes = Array.from({ length: 1000 }, (_, at) =>
      nodeNamed(`h${'abcdefghij'[at % 10]}${'xyz'.repeat((at / 10) % 5)}${at}`),
    );
    const lines = commandLines(
      nodes,
      nodes.map((_, at) => ({ kind: 'lost', reason: `${at}` })),
      1,
    );
    const text = reportText(historyOf(headOf(nodes), parseEvents(lines), false), 80);
    expect(text.split('\n').length).toBeLessThan(50);
    expect(text).toContain('more lines; lockstep show --json has all nodes');
  });
});

test('J5: whatever stands in a journal, nothing that a terminal obeys is told (S9)', () => {
  const hostile = fc.constantFrom(
    '\x1b[2J',
    '\u202eabc',
    'a\nb',
    '\x9b1m',
    '\0',
    '',
    '\u{e0001}',
    'web1',
    '\x07\r',
  );
  const event = fc.record({
    type: fc.constantFrom(
      'begun',
      'phase',
      'node-done',
      'node-failed',
      'outcome',
      'left-out',
      'lock-wait',
      'pulled',
      'log',
      'finished',
    ),
    at: fc.constant('2026-11-28T09:00:01.000Z'),
    node: fc.oneof(hostile, fc.constant('[root@web1:22]'), fc.integer()),
    phase: fc.oneof(hostile, fc.constantFrom('connect', 'exec')),
    kind: fc.constantFrom('ok', 'lost', 'exit', 'refused', 'odd'),
    code: fc.oneof(hostile, fc.integer()),
    reason: hostile,
    message: hostile,
    level: hostile,
    path: hostile,
    who: hostile,
    error: fc.record({ message: hostile }),
    failure: fc.record({ message: hostile }),
    errors: fc.array(fc.oneof(fc.record({ node: hostile }), fc.constant(null))),
    blockers: fc.array(fc.oneof(fc.record({ text: hostile }), fc.constant(null))),
    outcomes: fc.oneof(fc.array(fc.oneof(hostile, fc.record({ node: hostile, kind: hostile }))), hostile),
    exitCode: fc.oneof(hostile, fc.integer()),
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 4 }), hostile, (events, text) => {
      const nodes = [nodeNamed('web1'), { ...nodeNamed('web2', text), id: text }];
      const head = headOf(nodes, { who: text, command: text, directory: text });
      const lines = parseEvents(events.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const told = historyOf(head, lines, false);
      const tell = logTeller(head);
      const texts = [
        runLines([told]),
        showText(told, text),
        reportText(told, 80),
        ...lines.map((line: EventLine) => tell(line) ?? ''),
      ];
      for (const one of texts) expect(one).not.toMatch(OBEYED);
    }),
  );
});
