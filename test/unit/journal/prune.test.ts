// @module-tag slow
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownController } from '../../../src/core/controller.ts';
import { JOURNAL_LIMITS } from '../../../src/core/limits/journal.ts';
import { prune } from '../../../src/journal/prune.ts';
import { scratchForEach } from '../../scratch.ts';
import { GONE, headOf, nodeNamed, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const NODES = [nodeNamed('web1')];
/** Begun under a clock that was wrong. */
const AHEAD = '29991231T235959-0000000a';
const place = () => join(top, 'lockstep/runs');

describe('J4: runs that are many', () => {
  const nameOf = (at: number) => `20261128T${String(100000 + at)}-0000000a`;

  test('go by age, and never one that is at work', async () => {
    const alive = await ownController();
    writeRun(place(), headOf(NODES, { run: nameOf(3), controller: alive }));
    writeRun(place(), headOf(NODES, { run: nameOf(4), controller: GONE }));
    for (let at = 0; at < 1000; at++) mkdirSync(join(place(), nameOf(at)), { recursive: true });
    mkdirSync(join(place(), 'notes'));
    await prune(place(), 'runs');
    const left = readdirSync(place()).sort();
    const kept = Array.from({ length: JOURNAL_LIMITS.runsKept }, (_, at) =>
      nameOf(1000 - JOURNAL_LIMITS.runsKept + at),
    );
    expect(left).toEqual([nameOf(3), ...kept, 'notes']);
    await prune(place(), 'runs');
    expect(readdirSync(place())).toHaveLength(left.length);
  });

  test('of a clock that was ahead go first', async () => {
    const past = (at: number) => nameOf(at).replace(/^2026/, '2016');
    for (let at = 0; at <= JOURNAL_LIMITS.runsMax; at++)
      mkdirSync(join(place(), past(at)), { recursive: true });
    mkdirSync(join(place(), AHEAD));
    await prune(place(), 'runs');
    expect(readdirSync(place()).sort().at(-1)).toBe(past(JOURNAL_LIMITS.runsMax));
  });

  test('go by their bytes, the oldest first; what a link in one leads to stays', async () => {
    const precious = join(top, 'precious');
    writeFileSync(precious, 'mine');
    const half = JOURNAL_LIMITS.bytesMax / 2;
    for (const at of [1, 2, 3]) {
      const path = writeRun(place(), headOf(NODES, { run: nameOf(at) }));
      // A hole takes no room here.
      const file = join(path, 'root@web1:22.out');
      writeFileSync(file, '');
      truncateSync(file, half - 2 * JOURNAL_LIMITS.blockBytes);
      symlinkSync(precious, join(path, 'link'));
    }
    await prune(place(), 'bytes');
    expect(readdirSync(place()).sort()).toEqual([nameOf(2), nameOf(3)]);
    // A file of one byte takes more than that.
    writeFileSync(join(place(), nameOf(3), 'root@web2:22.out'), '2');
    await prune(place(), 'bytes');
    expect(readdirSync(place())).toEqual([nameOf(3)]);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
  });

  test('of another machine go when they have been silent for days', async () => {
    const elsewhere = { ...GONE, host: 'elsewhere', boot: 'another' };
    const paths = [1, 2].map((at) =>
      writeRun(place(), headOf(NODES, { run: nameOf(at), controller: elsewhere })),
    );
    // Its events count: a directory is as old as its last file.
    for (const path of paths) utimesSync(path, 0, 0);
    utimesSync(join(paths[0] ?? '', 'events.jsonl'), 0, 0);
    for (let at = 10; at < 10 + JOURNAL_LIMITS.runsMax; at++) mkdirSync(join(place(), nameOf(at)));
    await prune(place(), 'runs');
    expect(readdirSync(place())).not.toContain(nameOf(1));
    expect(readdirSync(place())).toContain(nameOf(2));
  });
});
