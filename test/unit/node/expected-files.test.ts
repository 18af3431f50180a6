// @module-tag slow
/** What a node says of files when it is told what is expected of them, under each shell. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { LOOK_TEXT } from '../../../src/node/texts.ts';
import { type Seen, SeenReader } from '../../../src/transfer/difference/seen.ts';
import { LAST_PATH } from '../../../src/transfer/difference/wanted.ts';
import { formatTime } from '../../../src/transfer/manifest.ts';
import { asked, askWith, factsOf, filled } from './asked-nodes.ts';
import { isRoot, type RelocationNode } from './relocation-node.ts';
import { SHELLS } from './shells.ts';

describe.each(SHELLS)('told what is expected, with perl under %s', (_name, shell) => {
  // As a list of members has it; every second one is wrong in one of its facts.
  const expectedOf = (path: string, index: number) => {
    const { mode, uid, gid, size, mtimeNs } = factsOf(path) ?? {
      mode: 0,
      uid: 0,
      gid: 0,
      size: 0,
      mtimeNs: 0n,
    };
    const wrong = index % 2 === 0 ? undefined : (index >> 1) % 5;
    const owner = index % 4 === 0 ? '-' : `${uid}:${gid + (wrong === 1 ? 1 : 0)}`;
    const facts = [(mode + (wrong === 0 ? 1 : 0)).toString(16), owner, `${size + (wrong === 2 ? 1 : 0)}`];
    return wrong === 4 ? '-' : [...facts, formatTime(mtimeNs + (wrong === 3 ? 1n : 0n))].join(',');
  };
  const expecting = (node: RelocationNode, paths: readonly string[], first?: string) => {
    const items = paths.map((path, index) => `${expectedOf(path, index)} ${path}\0`);
    const found = new Map<string, Seen | 'expected'>();
    const reader = new SeenReader(
      asked(paths),
      (at, seen) => found.set(paths[at] ?? '', seen),
      (at) => found.set(paths[at] ?? '', 'expected'),
    );
    return {
      ...askWith(node, 'stat', Buffer.from(items.join('')), reader, first, [LOOK_TEXT]),
      found,
      reader,
    };
  };

  it('neither the program nor the token of the run stands in the arguments of perl', () => {
    const { node, paths } = filled(shell, 'perl');
    const perl = join(node.top, 'bin/perl');
    const told = join(node.top, 'told');
    const real = execFileSync('sh', ['-c', 'command -v perl'], { encoding: 'utf8' }).trim();
    rmSync(perl);
    const wrapper = ['#!/bin/sh', `printf '%s\\n' "$*" >'${told}'`, `exec ${real} "$@"`, ''];
    writeFileSync(perl, wrapper.join('\n'), { mode: 0o755 });
    expect(expecting(node, paths).rest).toBe('TOKEN END\n');
    expect(readFileSync(told, 'utf8')).toBe('-C0 -\n');
  });

  it('F16, F18: a node says of what is so that it is, and of all else what lies there', () => {
    const { node, paths } = filled(shell, 'perl');
    const all = [...paths, ...paths.toReversed(), node.destination, `${paths[0]}/none`, 'odd', LAST_PATH];
    const { head, rest, found, reader } = expecting(node, all);
    expect(head).toBe(`TOKEN SEES ${process.getuid?.()} exact\n`);
    expect([rest, reader.missing]).toEqual(['TOKEN END\n', undefined]);
    const shall = all.map((path) => {
      const last = all.lastIndexOf(path);
      return last % 2 === 0 && factsOf(path) !== undefined ? 'expected' : factsOf(path);
    });
    expect(all.map((path) => found.get(path))).toEqual(shall);
    expect(shall.filter((one) => one === 'expected').length).toBeGreaterThan(10);
  });

  it('F18: it says at once that none of the first paths is there, and takes no list', () => {
    const { node, paths } = filled(shell, 'perl');
    const { head, rest } = expecting(node, paths, `${node.top}/none\n/end\n`);
    expect([head, rest]).toEqual([`TOKEN SEES ${process.getuid?.()} none\n`, 'TOKEN NONE\n']);
  });

  it.each([
    ['knows no such call', 'exit 3'],
    ['does not run', 'exit 127'],
    ['cannot be executed', 'exit 126'],
  ])('a node whose perl %s is asked as others are', (_why, ending) => {
    const { node, paths } = filled(shell, 'perl');
    rmSync(join(node.top, 'bin/perl'));
    writeFileSync(join(node.top, 'bin/perl'), `#!/bin/sh\n${ending}\n`, { mode: 0o755 });
    const reader = new SeenReader(asked([...paths, LAST_PATH]), () => {});
    const list = Buffer.from([...paths, LAST_PATH].map((path) => `${path}\0`).join(''));
    const { head, rest } = askWith(node, 'stat', list, reader, undefined, [LOOK_TEXT]);
    expect([head, rest]).toEqual([`TOKEN SEES ${process.getuid?.()}\n`, 'TOKEN END\n']);
  });

  it.skipIf(!isRoot)(
    'names the first thing that the account may not look at, and owns nothing of others',
    () => {
      const { node, paths } = filled(shell, 'perl');
      node.asNobody = true;
      mkdirSync(join(node.destination, 'closed'), { mode: 0 });
      chmodSync(node.top, 0o755);
      chmodSync(node.destination, 0o755);
      const { rest, found } = expecting(node, [
        paths[0] ?? '',
        `${node.destination}/closed/new\nline`,
        LAST_PATH,
      ]);
      expect(rest).toMatch(/^TOKEN ERROR cannot look at .*closed\/new\?line: Permission denied\n$/);
      expect(found.get(paths[0] ?? '')).toEqual(factsOf(paths[0] ?? ''));
    },
  );
});

test.each([
  ['what was not asked for', '=0 9\n'],
  ['what came before', '=1 1\n=0 1\n'],
  ['another path', '@0\n81a4 0 0 1 1 1 1 1 1.5 b\n'],
  ['no facts', '@0\na\n'],
])('F16: numbers with %s are no answer', (_what, text) => {
  const reader = new SeenReader(
    asked(['a', 'b', 'c']),
    () => {},
    () => {},
  );
  reader.push(Buffer.from(text));
  expect(() => reader.end()).toThrow('stat answers');
});
