import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { introduction } from '../../../src/protocol/introduction.ts';
import {
  cleanDescription,
  formatDone,
  formatHello,
  formatLost,
  formatNode,
  formatPrefix,
  formatStart,
  formatSync,
  formatToolSync,
  formatToolWatch,
  parseDone,
  parseHello,
  parseLost,
  parseNode,
  parseStart,
  parseSync,
  parseToolSync,
  parseToolWatch,
} from '../../../src/protocol/messages.ts';
import { anyText } from '../../any-text.ts';

const prefix = formatPrefix(Uint8Array.from({ length: 16 }, (_, position) => position + 240));
const node = fc.stringMatching(/^\[[!-~]{1,20}@[!-~]{1,20}:[0-9]{1,5}\]$/);
const text = anyText({ maxLength: 80 });

describe('messages of the sync protocol', () => {
  it('S12: the prefix is ORGALORG: and the decimal digits of all 128 bits', () => {
    expect(formatPrefix(new Uint8Array(16).fill(255))).toBe(
      'ORGALORG:340282366920938463463374607431768211455',
    );
    expect(formatPrefix(Uint8Array.of(1, 0))).toBe('ORGALORG:256');
  });

  it('looks on the wire as the known sync tools expect it', () => {
    expect(formatHello('P')).toBe('P HELLO');
    expect(formatNode('P', '[u@a:22]', true)).toBe('P NODE [u@a:22] CURRENT');
    expect(formatNode('P', '[u@a:22]', false)).toBe('P NODE [u@a:22]');
    expect(formatStart('P')).toBe('P START');
    expect(formatSync('P', '[u@a:22]', ' phase  one\r')).toBe('P SYNC [u@a:22] phase  one');
  });

  it('has lines of its own only for tools that ask', () => {
    expect(formatToolWatch('P')).toBe('P WATCH');
    expect(formatLost('P', '[u@a:22]', 'exited with code 3')).toBe('P LOST [u@a:22] exited with code 3');
    expect(formatDone('P', '[u@a:22]', 0)).toBe('P DONE [u@a:22] 0');
    for (const line of ['P WATCH ', 'P WATCH x', 'P WATCH\r', 'P WATCHX', ' P WATCH', 'P watch', 'Q WATCH']) {
      expect(parseToolWatch('P', line)).toBe(false);
    }
  });

  it('each message read back is the message written', () => {
    fc.assert(
      fc.property(node, fc.boolean(), text, (name, isCurrent, said) => {
        expect(parseHello(formatHello(prefix))).toBe(prefix);
        expect(parseNode(prefix, formatNode(prefix, name, isCurrent))).toEqual({ node: name, isCurrent });
        expect(parseStart(prefix, formatStart(prefix))).toBe(true);
        const description = cleanDescription(said);
        expect(parseSync(prefix, formatSync(prefix, name, said))).toEqual({ node: name, description });
        expect(parseLost(prefix, formatLost(prefix, name, said))).toEqual({
          node: name,
          reason: description,
        });
        expect(parseDone(prefix, formatDone(prefix, name, 0))).toEqual({ node: name, code: 0 });
        expect(parseToolWatch(prefix, formatToolWatch(prefix))).toBe(true);
        expect(parseToolSync(prefix, formatToolSync(prefix, said))).toBe(description);
      }),
    );
  });

  it('S12: whatever a tool says stays one line without control characters', () => {
    fc.assert(
      fc.property(node, text, (name, said) => {
        expect(formatSync(prefix, name, said)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(formatLost(prefix, name, said)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
    expect(parseToolSync(prefix, `${prefix} SYNC a\u001b[31m\u0000 b\u0085\u2028`)).toBe('a[31m b');
  });

  it('a reason is cut to its bound', () => {
    const line = formatLost('P', '[u@a:22]', 'x'.repeat(10_000));
    expect(parseLost('P', line)?.reason).toHaveLength(LIMITS.failureReasonCharsMax);
  });

  it.each([
    ['SYNC', ''],
    ['SYNC ', ''],
    ['SYNC a  b \r', 'a  b'],
    ['SYNC\tx', 'x'],
    ['SYNC [other@host:22] x', '[other@host:22] x'],
    ['SYNCFOO', undefined],
    ['  SYNC x', undefined],
    ['OTHER x', undefined],
    ['sync x', undefined],
  ])('reads "<prefix> %s" of a tool as %j', (line, description) => {
    expect(parseToolSync(prefix, `${prefix} ${line}`)).toBe(description);
    expect(parseToolSync(prefix, ` ${prefix} ${line}`)).toBeUndefined();
    expect(parseToolSync(prefix, `ORGALORG:1 ${line}`)).toBeUndefined();
  });

  it('introduces a tool to all nodes, itself marked', () => {
    const names = ['[u@a:22]', '[u@b:22]', '[u@[::1]:22]'];
    const textAt = introduction('P', names);
    expect(textAt(1)).toBe(
      'P HELLO\nP NODE [u@a:22]\nP NODE [u@b:22] CURRENT\nP NODE [u@[::1]:22]\nP START\n',
    );
    for (const [position] of names.entries()) {
      const lines = names.map((name, at) => formatNode('P', name, at === position));
      expect(textAt(position)).toBe([formatHello('P'), ...lines, formatStart('P'), ''].join('\n'));
    }
  });
});
