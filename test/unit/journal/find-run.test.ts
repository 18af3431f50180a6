import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findRun, newestFirst } from '../../../src/journal/past.ts';
import { scratchForEach } from '../../scratch.ts';
import { commandLines, headOf, nodeNamed, RUN, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const place = () => join(top, 'lockstep/runs');
const NODES = ['web1', 'web2'].map((host) => nodeNamed(host));

describe('a run is found', () => {
  const [OLD, NEW, NEWER] = ['20261127T080000-00000001', `${RUN.slice(0, -1)}b`, RUN] as const;

  beforeEach(() => {
    writeRun(
      place(),
      headOf(NODES, { run: OLD, at: '2026-11-27T08:00:00.000Z' }),
      commandLines(NODES, [], 0),
    );
    writeRun(place(), headOf(NODES, { run: NEW, at: '2026-11-28T09:00:00.100Z' }));
    // The same second: the names do not say which came first.
    writeRun(place(), headOf(NODES, { run: NEWER, at: '2026-11-28T09:00:00.200Z' }));
    mkdirSync(join(place(), '20261126T000000-00000000'), { mode: 0o700 });
  });

  test.each([
    ['last', NEWER],
    ['-1', NEWER],
    ['-2', NEW],
    ['-3', OLD],
    [OLD, OLD],
    ['20261127', OLD],
    [NEW, NEW],
  ])('by %s', async (text, run) => {
    expect((await findRun(place(), text)).head.run).toBe(run);
  });

  test.each([
    ['20261128', /is the beginning of 2 runs/],
    ['-4', /run 20261126T000000-00000000 cannot be read: no such file/],
    ['', /there is no run '' in the journal/],
    ['-5', /cannot be read/],
    ['..', /there is no run '..' in the journal/],
    ['20261126', /cannot be read: no such file/],
    ['\x1b[31m', /there is no run '\S*' in the journal/],
  ])('by no other word, and the user is told: %s', async (text, why) => {
    const refused = findRun(place(), text);
    await expect(refused).rejects.toMatchObject({ code: 'usage' });
    await expect(refused).rejects.toThrow(why);
  });

  test('in their order, the newest first', async () => {
    const found: string[] = [];
    for await (const { head } of newestFirst(place())) found.push(head.run);
    expect(found).toEqual([NEWER, NEW, OLD]);
    for await (const one of newestFirst(undefined)) expect(one).toBe('no run without a journal');
  });

  test('by last, though an older one has a date that is yet to come', async () => {
    const [ahead, next] = ['29991231T235959-00000001', '20161231T235959-00000001'];
    const fresh = join(top, 'fresh');
    writeRun(fresh, headOf(NODES, { run: ahead, at: '2999-12-31T23:59:59.000Z' }));
    writeRun(fresh, headOf(NODES, { run: next, at: '2016-12-31T23:59:59.000Z' }));
    expect((await findRun(fresh, 'last')).head.run).toBe(next);
    expect((await findRun(fresh, '-2')).head.run).toBe(ahead);
  });
});
