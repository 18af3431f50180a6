// @module-tag slow: left out of npm run test:quick
/** What a node must find out while nothing has changed: what may not be linked, moved or attended, and mounts. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { isRoot, RUN } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, read, comparable } = relocationsOn(kind);

  it.runIf(isRoot).each(['i', 'a'])(
    'F1: a file of another account with the attribute +%s, that may not be linked, is found before anything has changed',
    (flag) => {
      const node = nodeWith(['app/a', 'app/b'], ['app/a', 'app/b']);
      const archive = node.archive(['app']);
      node.becomeNobody();
      const file = join(node.destination, 'app/b');
      chownSync(file, 1, 1);
      chmodSync(file, 0o111);
      const before = comparable(node);
      execFileSync('chattr', [`+${flag}`, file]);
      try {
        const received = node.receive(archive);
        expect(received.stdout).toMatch(
          /ERROR cannot replace .*\/app\/b: Operation not permitted \(is it immutable/,
        );
        expect(received.code).toBe(1);
      } finally {
        execFileSync('chattr', [`-${flag}`, file]);
      }
      expect(comparable(node)).toEqual(before);
      expect(node.upload(['app']).stdout).toMatch(/COMMITTED\n$/);
      expect(read(node, 'app/b')).toBe('new app/b');
    },
  );

  it.runIf(isRoot).each(['i', 'a'])(
    'F1: a file with the attribute +%s is found before anything has changed, by name',
    (flag) => {
      const node = nodeWith(['app/a', 'app/b'], ['app/a', 'app/b']);
      const before = comparable(node);
      execFileSync('chattr', [`+${flag}`, join(node.destination, 'app/b')]);
      try {
        const received = node.receive(node.archive(['app']));
        expect(received.stdout).toMatch(
          /ERROR cannot link .*\/app\/b: Operation not permitted \(is it immutable/,
        );
        expect(received.code).toBe(1);
      } finally {
        execFileSync('chattr', [`-${flag}`, join(node.destination, 'app/b')]);
      }
      expect(comparable(node)).toEqual(before);
    },
  );

  it.runIf(isRoot).each(['i', 'a'])(
    'F1: a directory with the attribute +%s is found before anything has changed, and no stage is left',
    (flag) => {
      for (const inner of ['', 'app']) {
        const node = nodeWith(['app/new', 'top'], ['app/old']);
        const closed = join(node.destination, inner);
        const before = comparable(node);
        execFileSync('chattr', [`+${flag}`, closed]);
        try {
          const received = node.receive(node.archive(['app/new', 'top']));
          expect(received.stdout).toMatch(
            /ERROR .*(append-only|immutable|not writable|Operation not permitted)/,
          );
          expect(readdirSync(node.destination)).toEqual(['app']);
        } finally {
          execFileSync('chattr', [`-${flag}`, closed]);
        }
        expect(comparable(node)).toEqual(before);
      }
    },
    60_000,
  );

  it.runIf(isRoot)('F1, F5: links that find no room are found before anything has changed', () => {
    const files = Array.from({ length: 60 }, (_, at) => `app/${at}`);
    const node = nodeWith(files);
    const old = join(node.top, 'old');
    for (const file of files) put(old, file, 'old');
    node.mounts = `mount -t tmpfs -o nr_inodes=150,mode=755 tmpfs '${node.destination}'; cp -a '${old}/app' '${node.destination}/'`;
    const received = node.receive(node.archive(['app']));
    expect(received.stdout).toMatch(/ERROR no space left on .*and \d inodes/);
    expect(received.code).toBe(1);
  });

  it.runIf(isRoot)(
    'F1: attributes of a directory on a read-only mount are asked before anything has changed',
    () => {
      const node = nodeWith([]);
      for (const side of [node.source, node.destination])
        mkdirSync(join(side, 'app/ro/sub'), { recursive: true });
      put(node.source, 'app/f');
      chmodSync(join(node.source, 'app/ro'), 0o700);
      const before = comparable(node);
      node.mounts = `mount --bind '${node.destination}/app/ro' '${node.destination}/app/ro'; mount -o remount,bind,ro '${node.destination}/app/ro'`;
      const received = node.receive(node.archive(['app']));
      expect(received.stdout).toMatch(
        /ERROR cannot change the attributes of .*\/app\/ro\/?.*: Read-only file system/,
      );
      expect(comparable(node)).toEqual(before);
    },
  );

  it.runIf(isRoot)('a mount is crossed only where something is put behind it', () => {
    const node = nodeWith(['data/sub/f']);
    const disk = join(node.top, 'disk');
    mkdirSync(join(disk, 'sub'), { recursive: true });
    mkdirSync(join(node.destination, 'data'));
    node.mounts = `mount --bind '${disk}' '${node.destination}/data'`;
    for (const base of ['data/sub', 'data']) {
      const done = node.upload(['data/sub/f'], { base });
      const stages = done.stdout.match(/STAGE .*/g);
      expect(stages).toEqual([`STAGE ${node.destination}/${base}/.lockstep-${RUN}`]);
      expect(done.stdout).toMatch(/COMMITTED\n$/);
      expect(readFileSync(join(disk, 'sub/f'), 'utf8')).toBe('new data/sub/f');
      expect([readdirSync(disk), readdirSync(node.destination)]).toEqual([['sub'], ['data']]);
    }
  });

  it.runIf(isRoot)('a node with many mounts does no more for each directory than one with few', () => {
    const directories = Array.from({ length: 12 }, (_, at) => `app/${at}`);
    const node = nodeWith(directories.map((directory) => `${directory}/f`));
    for (const directory of directories) mkdirSync(join(node.destination, directory), { recursive: true });
    const many = join(node.top, 'many');
    for (let at = 0; at < 60; at++) mkdirSync(join(many, `${at}`), { recursive: true });
    // Each command that the shell runs is a line of the trace.
    const commandsFor = (roots: readonly string[], mounts: number) => {
      node.mounts = `for at in $(seq ${mounts}); do mount --bind '${many}/0' '${many}'/$((at - 1)); done`;
      const received = node.receive(node.archive(roots), { text: `set -x; ${RECEIVE_TEXT}` });
      expect(received.stdout).toMatch(/STAGED\n$/);
      expect(node.recover().code).toBe(0);
      return received.stderr.match(/^\++ /gm)?.length ?? 0;
    };
    const extra = (roots: readonly string[]) => commandsFor(roots, 60) - commandsFor(roots, 1);
    const forOne = extra(directories.slice(0, 1));
    expect(forOne).toBeGreaterThanOrEqual(50);
    expect(extra(directories) - forOne).toBeLessThan(5 * 59);
  });

  it.runIf(isRoot)(
    'what goes to a mount inside a mount is copied there, and takes no room on the outer one',
    () => {
      const node = nodeWith(['data/f', 'data/in/big', 'data/in/sub/g', 'h']);
      put(node.source, 'data/in/big', 'x'.repeat(1_000_000));
      const disks = ['outer', 'inner'].map((name) => join(node.top, name));
      const [outer = '', inner = ''] = disks;
      for (const path of [join(outer, 'in'), join(inner, 'sub'), join(node.destination, 'data')])
        mkdirSync(path, { recursive: true });
      const data = join(node.destination, 'data');
      const archive = node.archive(['data', 'h']);
      node.mounts = `mount -t tmpfs -o size=300k none '${data}'\nmkdir '${data}/in'\nmount --bind '${inner}' '${data}/in'`;
      expect(node.receive(archive).stdout).toMatch(/STAGED\n$/);
      expect(node.recover().code).toBe(0);
      execFileSync('rm', [
        '-rf',
        ...readdirSync(inner)
          .filter((name) => name !== 'sub')
          .map((name) => join(inner, name)),
      ]);
      node.mounts = `mount --bind '${outer}' '${data}'\nmount --bind '${inner}' '${data}/in'`;
      const done = node.upload(['data', 'h']);
      expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
      const found = execFileSync('find', [
        outer,
        inner,
        node.destination,
        '-type',
        'f',
        '-printf',
        '%P %s\n',
      ]);
      expect(`${found}`.trim().split('\n').sort()).toEqual(['big 1000000', 'f 10', 'h 5', 'sub/g 17']);
      const second = (path: string) => Math.floor(statSync(path).mtimeMs / 1000);
      expect(second(inner)).toBe(second(join(node.source, 'data/in')));
    },
  );

  it('names stat where it is missing on a node without perl and python', () => {
    const node = nodeWith(['f']);
    rmSync(join(node.top, 'bin/stat'));
    const received = node.receive(node.archive(['f']));
    // The shell of busybox has its own.
    if (kind.tools === 'sh')
      expect(received.stdout).toContain('TOKEN ERROR stat is not installed on this node\n');
  });
});
