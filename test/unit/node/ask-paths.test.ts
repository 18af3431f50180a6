// @module-tag slow
/** What a node answers about paths, under each shell, and on a node that has busybox alone. */
import { hash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ContentsReader, ListReader } from '../../../src/transfer/difference/lists.ts';
import { type Seen, SeenReader } from '../../../src/transfer/difference/seen.ts';
import { SumReader } from '../../../src/transfer/difference/sums.ts';
import { LAST_PATH } from '../../../src/transfer/difference/wanted.ts';
import { ask, asked, askWith, factsOf, filled } from './asked-nodes.ts';
import { isRoot, RelocationNode } from './relocation-node.ts';
import { SHELLS } from './shells.ts';

const PLACES = [
  ...SHELLS.map(([name, words]) => [name, words, 'sh'] as const),
  ['busybox alone', ['busybox', 'sh'], 'busybox'] as const,
];

describe.each(PLACES)('asked under %s', (_name, shell, tools) => {
  it('F16: tells of each path what lies there, whatever its name is, and nothing of what is missing', () => {
    const { node, paths } = filled(shell, tools);
    const before = paths.map((path) => factsOf(path));
    const seen = new Map<string, Seen>();
    const reader = new SeenReader(asked([...paths, LAST_PATH]), (at, one) =>
      seen.set([...paths, LAST_PATH][at] ?? '', one),
    );
    const { head, rest } = ask(node, 'stat', [...paths, LAST_PATH], reader);
    expect(head).toBe(`TOKEN SEES ${process.getuid?.()}\n`);
    expect([rest, reader.missing]).toEqual(['TOKEN END\n', undefined]);
    expect(seen.delete(LAST_PATH)).toBe(true);
    expect(paths.map((path) => seen.get(path))).toEqual(before);
    // Nothing of it was changed, nor is anything new.
    expect(paths.map((path) => factsOf(path))).toEqual(before);
  });

  it('F18: looks at nothing where none of the first paths is there, a link that leads nowhere being one', () => {
    const { node, paths } = filled(shell, tools);
    symlinkSync('nowhere', join(node.top, 'link'));
    const list = Buffer.from([...paths, LAST_PATH].map((path) => `${path}\0`).join(''));
    const restOf = (list: Buffer, ...first: string[]) => {
      const reader = new SeenReader(asked([...paths, LAST_PATH]), () => {});
      const { rest } = askWith(node, 'stat', list, reader, [...first, ''].join('\n'));
      return [rest, reader.missing === undefined];
    };
    const none = [`${node.top}/none`, `${node.destination}/plain/none`];
    expect(restOf(list, ...none, '/end')).toEqual(['TOKEN NONE\n', false]);
    expect(restOf(list, ...none, `${node.top}/link`, '/end')).toEqual(['TOKEN END\n', true]);
    // A list that was cut is no word of anything.
    expect(restOf(Buffer.alloc(0), ...none)[0]).not.toContain('NONE');
  });

  it('says before all else what the node carries plans out with, where that is asked', () => {
    const { node, paths } = filled(shell, tools);
    const list = Buffer.from([...paths, LAST_PATH].map((path) => `${path}\0`).join(''));
    const { head } = askWith(node, 'stat', list, { push() {}, end: () => '' }, undefined, ['', 'runs']);
    node.receive(Buffer.alloc(0));
    expect([head, node.runs]).toEqual(['TOKEN RUNS executor.sh\n', 'executor.sh']);
  });

  it('gives the sum and the contents of each file', () => {
    const { node, paths } = filled(shell, tools);
    const files = paths.filter((path) => factsOf(path) !== undefined && lstatSync(path).isFile());
    const sums: string[] = [];
    const sumReader = new SumReader(asked(files), (_at, sum) => sums.push(sum));
    expect(ask(node, 'sum', files, sumReader).rest).toBe('TOKEN END\n');
    expect(sumReader.missing).toBeUndefined();
    expect(sums).toEqual(files.map((path) => hash('sha256', readFileSync(path))));
    const reader = new ContentsReader(files.map((path) => lstatSync(path).size));
    expect(ask(node, 'read', files, reader).rest).toBe('TOKEN END\n');
    expect(reader.contents()).toEqual(files.map((path) => readFileSync(path)));
  });

  it('lists all that lies below directories, and goes through no link', () => {
    const { node, paths } = filled(shell, tools);
    mkdirSync(join(node.destination, 'deep'));
    symlinkSync('.', join(node.destination, 'deep/loop'));
    const found: string[] = [];
    const reader = new ListReader(1, (path, isDirectory) =>
      found.push(Buffer.from(path, 'latin1').toString() + (isDirectory ? '/' : '')),
    );
    expect(ask(node, 'list', [`${node.destination}/.`, `${node.top}/nothing/.`], reader).rest).toBe(
      'TOKEN END\n',
    );
    const there = [
      ...paths.filter((path) => factsOf(path) !== undefined),
      `${node.destination}/deep`,
      `${node.destination}/deep/loop`,
    ];
    const dotted = there.map((path) => {
      const slash = lstatSync(path).isDirectory() ? '/' : '';
      return path.replace(node.destination, `${node.destination}/.`) + slash;
    });
    expect(found.sort()).toEqual(dotted.sort());
  });

  it.runIf(isRoot)(
    'F21: lists what is mounted, and nothing in it, though it is bound from the same file system',
    () => {
      const node = new RelocationNode(shell, tools);
      const names = ['plain', ' a*b [x]? ', 'back\\slash\\040', "it's"];
      for (const name of [...names, 'aXb [x]? '])
        mkdirSync(join(node.destination, name, 'in'), { recursive: true });
      mkdirSync(join(node.top, 'disk/precious'), { recursive: true });
      writeFileSync(join(node.top, 'disk/file'), '');
      writeFileSync(join(node.destination, 'file'), '');
      symlinkSync('.', join(node.top, 'way'));
      const bind = (from: string, name: string) =>
        `mount --bind '${node.top}/${from}' '${join(node.destination, name).replaceAll("'", "'\\''")}'`;
      node.mounts = [...names.map((name) => bind('disk', name)), bind('disk/file', 'file')].join('\n');
      const found: string[] = [];
      const reader = new ListReader(1, (path, isDirectory) => found.push(`${path}${isDirectory ? '/' : ''}`));
      const start = node.destination.replace(node.top, `${node.top}/way`);
      expect(ask(node, 'list', [`${start}/.`], reader).rest).toBe('TOKEN END\n');
      const there = [...names.map((name) => `${name}/`), 'aXb [x]? /', 'aXb [x]? /in/', 'file'];
      expect(found.sort()).toEqual(there.map((name) => `${start}/./${name}`).sort());
    },
  );

  it('F16: a list that a signal has cut is no list', () => {
    const node = new RelocationNode(shell, tools);
    const find = join(node.top, 'bin/find');
    rmSync(find);
    writeFileSync(find, '#!/bin/sh\nprintf "%s\\0" "$1"\nkill -9 $$\n', { mode: 0o755 });
    const reader = new ListReader(1, () => {});
    expect(ask(node, 'list', [`${node.destination}/.`], reader).rest).toBe(
      'TOKEN ERROR find: Ended by a signal\n',
    );
  });

  it.skipIf(!isRoot)('names the first thing that the account may not look at', () => {
    const { node } = filled(shell, tools);
    node.asNobody = true;
    mkdirSync(join(node.destination, 'closed'));
    writeFileSync(join(node.destination, 'closed/file'), '');
    chmodSync(join(node.destination, 'closed'), 0);
    chmodSync(node.top, 0o755);
    const paths = [`${node.destination}/closed/file`, LAST_PATH];
    const reader = new SeenReader(asked(paths), () => {});
    expect(ask(node, 'stat', paths, reader).rest).toMatch(
      /^TOKEN ERROR stat: .*closed\/file.*: Permission denied\n$/,
    );
  });
});

it('F16: a list of paths that was cut anywhere is none', () => {
  const { node, paths } = filled(['dash'], 'sh');
  const list = Buffer.from([...paths, LAST_PATH].map((path) => `${path}\0`).join(''));
  for (const cut of [0, 1, 2, list.length >> 1, list.length - 2]) {
    const reader = new SeenReader(asked([...paths, LAST_PATH]), () => {});
    const read = () => {
      askWith(node, 'stat', list.subarray(0, cut), reader);
      if (reader.missing !== undefined) throw new Error(`no answer to ${reader.missing}`);
    };
    expect(read, `${cut}`).toThrow(/no answer to "\/\/\."|stat answers/);
  }
});
