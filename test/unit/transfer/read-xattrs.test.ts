/** What is asked of python3 here, before any node is connected. */
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Collection, Entry } from '../../../src/transfer/entry.ts';
import { withXattrs } from '../../../src/transfer/xattrs/read-xattrs.ts';
import { inTemporary, isRoot } from './trees.ts';

/** With other programs than this machine's. */
async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.PATH;
  process.env.PATH = path;
  try {
    return await work();
  } finally {
    process.env.PATH = before;
  }
}

const common = { mode: 0o100644, uid: 0, gid: 0, mtimeNs: 0n };
const file = (source: string): Entry => ({
  ...{ ...common, type: 'file', member: source.slice(1), source, size: 0, dev: 1n, ino: 1n },
});
const of = (...entries: readonly Entry[]): Collection => ({
  ...{ entries, roots: [], isAbsolute: true, base: '', bytes: 0, files: 1, leftOut: [] },
});

test('a machine without python3 is refused by name', async () => {
  const refused = withPath('/nonexistent', () => withXattrs(of(file('/etc/hosts'))));
  await expect(refused).rejects.toThrow('--xattrs needs python3 on this machine: it is not installed');
});

test('a python3 that fails, or has no way to ask, is refused in its own words', () =>
  inTemporary(async (directory) => {
    const program = join(directory, 'python3');
    writeFileSync(program, '#!/bin/sh\necho trace >&2; echo this system has none >&2; exit 1\n');
    chmodSync(program, 0o755);
    const refused = withPath(`${directory}:/usr/bin:/bin`, () => withXattrs(of(file('/etc/hosts'))));
    await expect(refused).rejects.toThrow('on this machine: this system has none');
  }));

test('a file that is gone is refused by name', () =>
  inTemporary(async (directory) => {
    const gone = join(directory, 'gone\n');
    await expect(withXattrs(of(file('/etc/hosts'), file(gone)))).rejects.toThrow(
      `cannot send ${JSON.stringify(gone)}: its xattrs cannot be read: No such file or directory`,
    );
  }));

test('what an overlay notes of a file, for root or for another account, is not sent', ({ skip }) =>
  inTemporary(async (directory) => {
    const marked = join(directory, 'marked');
    writeFileSync(marked, '');
    const names = ['user.overlay.opaque', 'user.overlayed', 'trusted.overlay.opaque'];
    const setting = 'import os, sys; [os.setxattr(sys.argv[1], name, b"y") for name in sys.argv[2:]]';
    const { status } = spawnSync('python3', ['-c', setting, marked, ...names.slice(0, isRoot ? 3 : 2)]);
    skip(status !== 0, 'this place has no such attributes');
    const [sent] = (await withXattrs(of(file(marked)))).entries;
    expect(sent?.xattrs).toEqual([{ name: 'user.overlayed', value: 'y' }]);
  }));
