import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseProcessStat } from '../../../src/core/process-stat.ts';

const statOf = (name: string, state = 'S') =>
  `7 (${name}) ${state} 3 5 5 0 -1 4194560 9 8 0 0 1 1 0 0 20 0 1 0 4711 99 12`;

describe('what /proc says of a process', () => {
  test.each(['sh', 'a b', ') Z 1 1 (', '((', ')', ''])('is not hidden by a name such as %j', (name) => {
    const expected = { isDead: false, parent: 3, group: 5, started: '4711' };
    expect(parseProcessStat(statOf(name))).toEqual(expected);
  });

  test.each(['Z', 'X'])('in state %s is that it is dead', (state) => {
    expect(parseProcessStat(statOf('sh', state)).isDead).toBe(true);
  });

  test('says nothing of one that is gone', () => {
    expect(parseProcessStat('')).toMatchObject({ isDead: false, started: undefined });
  });

  test.runIf(process.platform === 'linux')('names the parent of this one', () => {
    const { parent, isDead } = parseProcessStat(readFileSync('/proc/self/stat', 'latin1'));
    expect({ parent, isDead }).toEqual({ parent: process.ppid, isDead: false });
  });
});
