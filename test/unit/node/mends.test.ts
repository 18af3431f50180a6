// @module-tag slow: left out of npm run test:quick
/** Files and links that differ in attributes alone: nothing of them is sent, and they are mended where they lie. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT } from '../../../src/node/texts.ts';
import { isRoot, type RelocationNode, stageOf } from './relocation-node.ts';
import { prepareMends } from './relocation-trees.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

describe.each(NODES)('on a node with $tools under $shell', ({ tools, words }) => {
  const { nodeWith, read, comparable } = relocationsOn({ tools, words });
  const archiveOf = (node: RelocationNode, roots: readonly string[] = []) =>
    node.archive(roots, { mends: prepareMends(node) });
  const factsOf = (side: string, member: string) => {
    const { mode, uid, gid, mtimeNs } = lstatSync(join(side, member), { bigint: true });
    // A node that has busybox alone can set whole seconds.
    return [mode, uid, gid, tools === 'busybox' ? mtimeNs / 1_000_000_000n : mtimeNs];
  };

  it('F18: what is mended has the attributes that were sent, and is the same file as before', () => {
    const node = nodeWith([]);
    const archive = archiveOf(node);
    if (isRoot) chownSync(join(node.source, "kept/it's"), 7, 8);
    const inodes = () => ["kept/it's", 'kept/link'].map((one) => lstatSync(join(node.destination, one)).ino);
    const before = inodes();
    const above = factsOf(node.destination, 'kept');
    const ended = node.upload([], { mends: ["kept/it's", 'kept/link'] });
    expect(archive.length).toBeGreaterThan(0);
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(/STAGED\n(.*\n)*TOKEN COMMITTED/)]);
    for (const one of ["kept/it's", 'kept/link'])
      expect(factsOf(node.destination, one)).toEqual(factsOf(node.source, one));
    expect(inodes()).toEqual(before);
    expect(factsOf(node.destination, 'kept')).toEqual(above);
    expect(read(node, "kept/it's")).toBe('the same');
  });

  it('F18, F14: when the commit fails, what was mended has its old attributes again', () => {
    const node = nodeWith(['new']);
    const archive = archiveOf(node, ['new']);
    const before = comparable(node);
    const stage = stageOf(node.receive(archive, { mended: 2 }));
    put(node.destination, 'new', 'of somebody else');
    const ended = node.commit(stage);
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining('new has appeared meanwhile')]);
    const withoutTop = (lines: readonly string[]) => lines.filter((line) => !/^"(\/new)?" /.test(line));
    expect(withoutTop(comparable(node))).toEqual(withoutTop(before));
  });

  it('F18, F1: when another node has failed, what was mended has its old attributes again, and is the same file', () => {
    const node = nodeWith([]);
    const archive = archiveOf(node);
    const inodes = () => ["kept/it's", 'kept/link'].map((one) => lstatSync(join(node.destination, one)).ino);
    const before = [comparable(node), inodes()];
    const stage = stageOf(node.receive(archive, { mended: 2 }));
    const ended = node.commit(stage, undefined, { way: 'wait', decision: 'undo\n' });
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringMatching(/^TOKEN SWITCHED\nTOKEN ERROR /)]);
    expect([comparable(node), inodes()]).toEqual(before);
  });

  it('F18, F1: each of several has its own time again, beside a directory whose time has changed', () => {
    const node = nodeWith(['app/new'], ['app/old']);
    const mends = ['m0', 'm1', 'm2', 'm3'];
    for (const [at, mend] of mends.entries()) {
      for (const side of [node.source, node.destination]) put(side, mend, 'same');
      chmodSync(join(node.source, mend), 0o640);
      utimesSync(join(node.destination, mend), 1e9, 1e9 + at);
    }
    utimesSync(join(node.destination, 'app'), 9e8, 9e8);
    const before = comparable(node);
    const stage = stageOf(node.receive(node.archive(['app'], { mends }), { mended: 4 }));
    const ended = node.commit(stage, undefined, { way: 'wait', decision: 'undo\n' });
    expect(ended.stdout).toMatch(/what was begun is taken back\nTOKEN EXIT 1\n$/);
    expect(comparable(node)).toEqual(before);
  });

  it.each(['59', '59.5', '58.5'])(
    'F18: a time that a node cannot set, as busybox the second before 1970, is no failure: 23:59:%s',
    (second) => {
      for (const side of ['source', 'destination'] as const) {
        for (const decision of ['keep\n', 'undo\n']) {
          const node = nodeWith([]);
          for (const top of [node.source, node.destination]) {
            put(top, 'f', 'same');
            symlinkSync('nowhere', join(top, 'l'));
          }
          const paths = ['f', 'l'].map((name) => join(node[side], name));
          // Of links busybox gives back whole seconds.
          const time = side === 'source' ? second : second.replace(/\..*/, '');
          execFileSync('touch', ['-h', '-d', `1969-12-31 23:59:${time} +0000`, ...paths]);
          for (const name of side === 'source' ? ['f', 'l'] : [])
            lutimesSync(join(node.destination, name), 5, 5);
          const before = comparable(node);
          const stage = stageOf(node.receive(node.archive([], { mends: ['f', 'l'] }), { mended: 2 }));
          const ended = node.commit(stage, undefined, { way: 'wait', decision });
          expect([ended.code, ended.stderr]).toEqual([decision === 'keep\n' ? 0 : 1, '']);
          if (decision !== 'keep\n') expect(comparable(node)).toEqual(before);
        }
      }
    },
  );

  it('F18: what somebody has written to keeps that time when it is taken back, also where times are not kept exactly', () => {
    const node = nodeWith([]);
    const archive = archiveOf(node);
    const stage = stageOf(node.receive(archive, { mended: 2 }));
    const path = join(node.destination, "kept/it's");
    const written = `: >${stage}/coarse; echo other >"${path}"; touch -d @1600000000 "${path}"`;
    const text = COMMIT_TEXT.replace('reply SWITCHED\n', () => `${written}; reply SWITCHED\n`);
    expect(node.commit(stage, text, { way: 'wait', decision: 'undo\n' }).code).toBe(1);
    expect(lstatSync(path).mtimeMs).toBe(1.6e12);
    expect(read(node, "kept/it's")).toBe('other\n');
  });

  it('F18, F14: after a reboot, in which devices get other numbers, each has its old attributes again', () => {
    const node = nodeWith([]);
    const archive = archiveOf(node);
    const before = comparable(node);
    const stage = stageOf(node.receive(archive, { mended: 2 }));
    node.commit(stage, COMMIT_TEXT.replace('set_state new', 'kill -9 0'));
    const mends = readFileSync(join(stage, 'mends'), 'utf8');
    const { dev } = lstatSync(node.destination);
    expect(mends).toContain(` ${dev}:`);
    writeFileSync(join(stage, 'mends'), mends.replaceAll(` ${dev}:`, ` ${dev + 1}:`));
    expect(node.recover().code).toBe(0);
    expect(comparable(node)).toEqual(before);
  });

  const PATH = "kept/it's";
  it.each<[what: string, change: (path: string) => void, says: string]>([
    [
      'has other bytes of the same length',
      (path) => writeFileSync(path, 'another.'),
      'its bytes are not those',
    ],
    [
      'has another length',
      (path) => writeFileSync(path, 'longer than before'),
      'changed while it was looked at',
    ],
    ['has a second name', (path) => linkSync(path, `${path} too`), 'changed while it was looked at'],
  ])(
    'F18: what %s by the time that it is staged ends the upload before any node changes',
    (_what, change, says) => {
      const node = nodeWith([]);
      const archive = archiveOf(node);
      change(join(node.destination, PATH));
      const before = comparable(node);
      const ended = node.receive(archive, { mended: 2 });
      expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining(says)]);
      expect(comparable(node)).toEqual(before);
    },
  );

  it.each<[what: string, change: (path: string) => void]>([
    ['is written to', (path) => writeFileSync(path, 'of somebody else')],
    ['gets another mode', (path) => chmodSync(path, 0o604)],
    ['gets another time', (path) => utimesSync(path, 5, 5)],
  ])('F18: what %s behind the barrier stays so, and all else is taken back', (_what, change) => {
    const node = nodeWith([]);
    const archive = archiveOf(node);
    const stage = stageOf(node.receive(archive, { mended: 2 }));
    change(join(node.destination, PATH));
    const written = factsOf(node.destination, PATH);
    const others = comparable(node).filter((line) => line.includes('link'));
    const ended = node.commit(stage);
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining('has changed meanwhile')]);
    expect(factsOf(node.destination, PATH)[3]).toEqual(written[3]);
    expect(comparable(node).filter((line) => line.includes('link'))).toEqual(others);
  });

  it('F3: a list of other than so many is not whole', () => {
    const node = nodeWith([]);
    const archive = archiveOf(node);
    for (const mended of [1, 3]) {
      const ended = node.receive(archive, { mended });
      expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining('the manifest is not whole')]);
    }
  });
});
