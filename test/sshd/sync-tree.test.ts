import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, expectNothingLeft, leftovers, run, startScene } from './scene.ts';
import { makeTree, sh, type TreeView, viewHere, viewOn } from './trees.ts';

/** Says PHASE 1, waits until every node has, and says PHASE 2; the third node is slow. */
const TOOL = `
read -r prefix hello
count=0
while read -r own word node; do [ "$word" != START ] || break; count=$((count + 1)); done
[ "$(hostname)" != node-3 ] || sleep 0.5
for line in 1 2 3 4 5; do echo "PHASE 1 $line $1"; done
echo "$prefix SYNC phase one"
heard=0
while [ "$heard" -lt "$count" ]; do read -r own word node text; [ "$word $text" != 'SYNC phase one' ] || heard=$((heard + 1)); done
for line in 1 2 3 4 5; do echo "PHASE 2 $line $count"; done
`;

describe('a tree of 2,000 files on real nodes', () => {
  let farm: Farm;
  let tree: string;

  beforeAll(async () => {
    farm = await startScene(3);
    makeTree(farm.home);
    tree = join(farm.home, 'tree');
  });
  afterAll(() => farm?.stop());

  const viewsOn = (path: string) => Promise.all(farm.nodes.map((node) => viewOn(node, path)));

  test('-S -r brings it to every node as it is, into a new directory, and no node begins phase 2 before all ended phase 1', async () => {
    const ran = await expectExit(
      run(farm, ['-e', '-r', '/srv/new/deep', '-n', TOOL, '-g', 'one  word', '-S', 'tree']),
      0,
    );
    const here = viewHere(tree);
    expect(here.entries.size).toBeGreaterThan(2_200);
    expect(here.hardLinks).toHaveLength(2);
    for (const there of await viewsOn('/srv/new/deep/tree')) expectSame(there, here);

    const phases = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').slice(1, 3).join(' '));
    expect(phases).toEqual([...Array(15).fill('PHASE 1'), ...Array(15).fill('PHASE 2')]);
    expect(ran.stdout).toContain('PHASE 1 5 one  word\n');
    expect(ran.stdout).toContain('PHASE 2 5 3\n');
    expect((await farm.nodes[0]?.run('ls /root /tmp'))?.stdout).toBe('/root:\n\n/tmp:\n');
  });

  test('--compress sends it through gzip to the nodes that have that, and as it is to one that has not', async () => {
    const [, second] = farm.nodes;
    await second?.run('mv /usr/bin/gzip /usr/bin/gzip.away');
    const packed = ['--compress', '--bwlimit', '1G', '-e', '-r', '/srv/packed', '-U', 'tree'];
    const ran = await expectExit(run(farm, packed), 0);
    await second?.run('mv /usr/bin/gzip.away /usr/bin/gzip');
    expect(ran.stderr).toMatch(/not compressed, since gzip or mkfifo is missing there: \[\S+\]\n/);
    expect(ran.stderr).toContain(`missing there: [root@${second?.host}:22]`);
    const here = viewHere(tree);
    for (const there of await viewsOn('/srv/packed/tree')) expectSame(there, here);
    await expectNothingLeft(farm.nodes);
    // All of it is there: no byte goes a second time, and that is told.
    const again = await expectExit(run(farm, packed), 0);
    const [, what] = / files, ([\d.]+ \w+), on 3 nodes/.exec(again.stderr) ?? [];
    expect(what).toBeDefined();
    expect(again.stderr).toMatch(/ on 3 nodes in [\d.]+ s, [\d.]+ \w+ not sent\n/);
  });

  test('--xattrs keeps them and ACLs, on a node whose tar can, and one whose tar cannot is named', async () => {
    const third = farm.nodes[2];
    const marking =
      "mkdir marked; echo x >marked/file; setfattr -n user.a -v '1\n' marked/file; setfacl -m u:1234:r marked/file";
    sh(farm.home, marking);
    await third?.run('mv /usr/bin/tar /usr/bin/tar.away; ln -s busybox /usr/bin/tar');
    const ran = await expectExit(run(farm, ['--xattrs', '-e', '-r', '/srv', '-U', 'marked']), 0);
    await third?.run('mv -f /usr/bin/tar.away /usr/bin/tar');
    expect(ran.stderr).toContain(
      `[WARN] xattrs or ACLs are not kept: 1 of 1 names, the first is "marked/file": [root@${third?.host}:22]\n`,
    );
    const look = `python3 -c 'import os; print(os.getxattr("/srv/marked/file", "user.a"))'; getfacl -cp /srv/marked/file`;
    const seen = await Promise.all(farm.nodes.map((node) => node.run(look)));
    expect(seen[0]?.stdout).toMatch(/^b'1.*'\n(?:.*\n)*user:1234:r--\n/);
    expect(seen[1]?.stdout).toBe(seen[0]?.stdout);
    expect(seen[2]?.stdout).not.toContain('1234');
  });

  test('F5: a node without room for it is told before anything is sent, and nothing changes anywhere', async () => {
    const last = farm.nodes[2];
    await Promise.all(farm.nodes.map((node) => node.run('mkdir -p /srv/full')));
    await last?.run('mount -t tmpfs -o nr_inodes=100 none /srv/full');
    const ran = await expectExit(run(farm, ['-e', '-r', '/srv/full', '-U', 'tree']), 4);
    await last?.run('umount /srv/full');
    expect(ran.stderr).toMatch(
      /no space left for what goes below \/srv\/full: need \d+ KiB and \d+ inodes, have/,
    );
    expect(ran.stderr).toContain(last?.host);
    for (const node of farm.nodes) {
      expect((await node.run('ls -A /srv/full')).stdout).toBe('');
      expect(await leftovers(node)).toBe('');
    }
  });

  test('F14: a second run over it brings all that has changed here, and removes nothing there', async () => {
    const removed = sh(tree, CHANGES).toString().trimEnd().split('\n');
    await expectExit(run(farm, ['-e', '-r', '/srv/new/deep', '-U', 'tree']), 0);
    const here = viewHere(tree);
    for (const there of await viewsOn('/srv/new/deep/tree')) {
      expect(removed.filter((name) => !there.digests.has(name))).toEqual([]);
      for (const [name, digest] of here.digests)
        expect([name, there.digests.get(name)]).toEqual([name, digest]);
      for (const [name, entry] of here.entries)
        expect([name, there.entries.get(name)]).toEqual([name, entry]);
    }
    await expectNothingLeft(farm.nodes);
  });

  test('F10: an account that is not root gets the contents, modes and times, and keeps its own uid', async () => {
    sh(tree, 'chmod 0755 private; chmod 0644 m0000');
    await expectExit(run(farm, ['-e', '-r', 'mine', '-U', 'tree'], { user: 'plain' }), 0);
    const here = viewHere(tree);
    for (const there of await viewsOn('/home/plain/mine/tree')) {
      expect(there.digests).toEqual(here.digests);
      expect(there.hardLinks).toEqual(here.hardLinks);
      for (const [name, entry] of here.entries) {
        const [type, mode = '', , , ...rest] = entry.split(' ');
        const isSpecial = mode.length > 3 && (mode.startsWith('4') || mode.startsWith('2'));
        const found = there.entries.get(name)?.split(' ') ?? [];
        expect([name, ...found.slice(2, 4)]).toEqual([name, '1002', '1002']);
        expect([name, found[0], ...found.slice(4)]).toEqual([name, type, ...rest]);
        if (!isSpecial) expect([name, found[1]]).toEqual([name, mode]);
      }
    }
  });
});

/** Says which files it removed. */
const CHANGES = `
for each in 1 8 15 22 29; do rm "d1/it's $each/file $each"; echo "./d1/it's $each/file $each"; done
for each in 2 9 16; do echo changed >>"d2/it's $each/file $each"; done
echo new >'d5/new one'; mkdir -p fresh/er; echo fresh >fresh/er/file
rm to-directory; ln -s d6 to-directory
rm broken; echo 'a file now' >broken
rm y1970; ln -s y2040 y1970
chmod 0640 m4755; chown 5:6 huge-owner
touch -d '2013-01-01 UTC' d3 d4 d5 fresh
`;

function expectSame(there: TreeView, here: TreeView): void {
  expect([...there.entries].sort()).toEqual([...here.entries].sort());
  expect([...there.digests].sort()).toEqual([...here.digests].sort());
  expect(there.hardLinks).toEqual(here.hardLinks);
}
