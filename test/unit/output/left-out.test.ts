import { describe, expect, test } from 'vitest';
import { type ErrorCode, LockstepError } from '../../../src/core/errors.ts';
import type { ControlEvent } from '../../../src/core/events.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { makeNode, play } from './fixtures.ts';

const refused = (host: string, code: ErrorCode = 'unreachable') =>
  new LockstepError(code, 'no answer', {
    node: makeNode(host),
    step: code === 'unusable' ? undefined : 'connect',
  });
const finished = (errors: readonly LockstepError[], outcome: Outcome): ControlEvent => ({
  type: 'finished',
  exitCode: 1,
  failure: new LockstepError('command-failed', 'a command failed on some node'),
  outcomes: [
    { node: makeNode('well'), outcome },
    ...errors.map((error) => ({
      node: error.node ?? makeNode('?'),
      outcome: { kind: 'refused' as const, error },
    })),
  ],
});
const told = (errors: readonly LockstepError[], settings = {}, shape = {}) =>
  play([{ type: 'left-out', errors }], settings, shape).then(({ stderr }) => stderr);
const records = (text: string) =>
  text.split('\n').filter((line) => line.includes(']  ') || / \[[A-Z]+\]/.test(line));

describe('-w: who is left out is told', () => {
  test.each<[code: ErrorCode, why: string]>([
    ['unreachable', "can't connect to address: [root@a:22]"],
    ['auth', "can't connect to address: [root@a:22]"],
    ['host-key-changed', "can't connect to address: [root@a:22]"],
    ['unusable', 'it cannot be worked on'],
  ])('in the words that scripts look for, with its cause: %s', async (code, why) => {
    const text = await told([refused('a', code)]);
    expect(text).toMatch(/^2026-11-21 09:12:40 {2}\[WARN\] \[root@a:22\] is left out: /);
    expect(text).toContain(`[root@a:22] is left out: ${why}\n`);
    expect(text).toContain('└─ [root@a:22] no answer\n');
  });

  test('in few words at a terminal', async () => {
    const text = await told([refused('a')], {}, { isTTY: true, columns: 200 });
    expect(text).toContain('[WARN] left out: [root@a:22] no answer\n');
  });

  test('and counts among no failed commands: the report is of the others, and names those left out in one line more', async () => {
    const errors = [refused('a')];
    const events: ControlEvent[] = [{ type: 'left-out', errors }];
    const { stderr } = await play([...events, finished(errors, { kind: 'exit', code: 7 })]);
    const report = stderr.slice(stderr.indexOf('[FATAL]'));
    expect(report).toContain('└─ commands are failed on all 1 nodes\n');
    expect(report).toContain('└─ code 7 (1 nodes): [root@well:22]\n');
    expect(report.match(/root@a:22/g)).toEqual(['root@a:22']);
    expect(report).toContain('[WARN] 1 of 2 nodes left out: [root@a:22]\n');
  });

  test.each([1, LIMITS.leftOutToldMax, LIMITS.leftOutToldMax + 1])(
    'with -q, too, and %i of them in as many records as can be read',
    async (count) => {
      const errors = Array.from({ length: count }, (_, at) => refused(`n${at}`));
      const text = await told(errors, { quiet: true });
      expect(records(text).length).toBe(count > LIMITS.leftOutToldMax ? 1 : count);
      expect(records(text).every((line) => line.includes('[ERROR]'))).toBe(true);
      if (count <= LIMITS.leftOutToldMax) return;
      expect(text).toContain(`${count} nodes are left out`);
      expect(text).toContain(`can't connect to address: [root@n[0-${count - 1}]:22]\n`);
    },
  );
});
