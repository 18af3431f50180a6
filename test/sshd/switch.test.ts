// @module-tag slow
/** Releases on real nodes, one with each program that carries plans out, and one of busybox: `--switch`, `--rollback`, `--releases`. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrderOfNames } from '../../src/run/release/releases.ts';
import type { Farm } from '../farm/farm.ts';
import { often } from '../often.ts';
import { expectExit, leftovers, listings, type RunOptions, run, startScene } from './scene.ts';

const SWITCHES = often(4, 50);

let farm: Farm;
let sources: string;
beforeAll(async () => {
  farm = await startScene(4);
  sources = join(farm.home, 'work');
  mkdirSync(join(sources, 'build/sub'), { recursive: true });
  writeFileSync(join(sources, 'build/sub/same'), 'the same in each\n'.repeat(100));
  writeFileSync(join(sources, 'build/sub/closed'), 'to all but root', { mode: 0o000 });
  symlinkSync('sub/same', join(sources, 'build/link'));
  chmodSync(join(sources, 'build'), 0o750);
  const [, python, sh, busybox] = farm.nodes;
  await python?.run('rm /usr/bin/perl');
  await sh?.run('rm /usr/bin/perl /usr/bin/python3');
  const tools = 'head dd tar stat touch mv cp ln rm mkdir chmod chown sed tr sort cut grep readlink ls sh';
  await busybox?.run(
    `for tool in ${tools}; do ln -sf /bin/busybox /usr/bin/$tool; done; rm /usr/bin/perl /usr/bin/python3`,
  );
});
afterAll(() => farm?.stop());

const SAME = createHash('sha256').update('the same in each\n'.repeat(100)).digest('hex').slice(0, 8);

/** Each release has other bytes in one file. */
function build(text: string): void {
  writeFileSync(join(sources, 'build/index'), `${text}\n`);
}

const at = (directory: string, line: readonly string[], options: RunOptions = {}) =>
  run(farm, ['-r', directory, ...line], { cwd: sources, ...options });
const each = async (command: string) =>
  Promise.all(farm.nodes.map(async (node) => (await node.run(command)).stdout.trim()));
const alike = (text: string) => farm.nodes.map(() => text);

async function release(directory: string, text: string, ...options: string[]): Promise<string> {
  build(text);
  await expectExit(at(directory, [...options, '--switch', '-U', 'build']), 0);
  const [name = '', ...others] = await each(`readlink ${directory}/current`);
  expect([name, ...others]).toEqual(alike(name));
  expect(await each(`cat ${directory}/current/index`)).toEqual(alike(text));
  return name.replace('releases/', '');
}

/** Each line of a list, without its nodes, of which all have it. */
function listed(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      expect(line).toMatch(/ {2}127\.\d+\.\d+\.\[1-4\]$/);
      return line.replace(/ {2}127.*/, '');
    });
}

test('F2: a release is what is in the directory, and current leads from one to the next, and back', async () => {
  const first = await release('/srv/app', 'one');
  const look = 'cd /srv/app/current/ && stat -c %a . && cat link | wc -l';
  expect(await each(look)).toEqual(alike('750\n100'));
  const before = await listings(farm.nodes, '/srv', '/root');
  const refused = await expectExit(at('/srv/app', ['--rollback']), 4);
  expect(refused.stderr).toContain(`it has no release before ${first}`);
  expect(refused.stderr).toContain('hint: --releases lists what there is');
  expect(await listings(farm.nodes, '/srv', '/root')).toEqual(before);
  const second = await release('/srv/app', 'two');
  const list = await expectExit(at('/srv/app', ['--releases']), 0);
  expect(listed(list.stdout)).toEqual([`* ${second}`, `< ${first}`]);
  const back = await expectExit(at('/srv/app', ['--rollback']), 0);
  expect(listed(back.stdout)).toEqual([`* ${first}`]);
  expect(await each('cat /srv/app/current/index')).toEqual(alike('one'));
  // What the way back has left is not what the next one goes back to.
  const third = await release('/srv/app', 'three');
  const json = await expectExit(at('/srv/app', ['--releases', '--json']), 0);
  const told = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).release);
  expect(told.map(({ name, mark, nodes }) => [name, mark, nodes.length])).toEqual(
    [third, second, first]
      .sort((one, other) => inOrderOfNames(other, one))
      .map((name) => [name, name === third ? 'current' : name === first ? 'previous' : 'other', 4]),
  );
  await expectExit(at('/srv/app', ['--rollback']), 0);
  expect(await each('cat /srv/app/current/index')).toEqual(alike('one'));
});

test('F2: what is equal is not sent, but another name of the same file; with --no-link a copy', async () => {
  await release('/srv/equal', 'one');
  const inode = 'stat -L -c %i /srv/equal/current/sub/same';
  const first = await each(inode);
  build('two');
  const ran = await expectExit(at('/srv/equal', ['--switch', '-U', 'build']), 0);
  expect(ran.stderr).not.toContain('sub/same');
  expect(ran.stderr).toContain('/index');
  expect(await each(inode)).toEqual(first);
  // One node is at another release: it goes to the same one, from its own.
  await expectExit(at('/srv/equal', ['--rollback'], { nodes: farm.nodes.slice(1, 2) }), 0);
  await farm.nodes[2]?.run('sed -i s/each/EACH/ /srv/equal/current/sub/same');
  await release('/srv/equal', 'three', '--no-link');
  const copies = await each(inode);
  expect(copies.filter((one, at) => one === first[at])).toEqual([]);
  expect(await each('sha256sum </srv/equal/current/sub/same | cut -c 1-8')).toEqual(alike(SAME));
  await expectExit(at('/srv/equal', ['--rollback']), 0);
  expect(await each('cat /srv/equal/current/index')).toEqual(['two', 'one', 'two', 'two']);
});

test('names stay as they are with -e, a relative -r counts from the login directory, and nobody needs to be root', async () => {
  const line = ['-e', '--switch', '-U', 'build/sub', 'build/index'];
  for (const text of ['named', 'copied', 'again', 'grouped', 'grouped again']) {
    build(text);
    const how = text === 'copied' ? ['--no-link'] : [];
    // Where files are given another group none is linked, and the account may not read all of its own.
    if (text === 'grouped') await each('cd ~plain/named && chgrp daemon releases && chmod 2755 releases');
    await expectExit(at('named', [...how, ...line], { user: 'plain' }), 0);
    const look = 'cd /home/plain/named/current/build && cat index && ls && stat -c %U index';
    expect(await each(look)).toEqual(alike(`${text}\nindex\nsub\nplain`));
  }
  await expectExit(at('named', ['--rollback'], { user: 'plain' }), 0);
  expect(await each('cat /home/plain/named/current/build/index')).toEqual(alike('grouped'));
});

test('F1: a current that is no link, or leads elsewhere, is refused by name, and nothing changes anywhere', async () => {
  await release('/srv/own', 'one');
  const second = farm.nodes[1];
  for (const [spoil, why] of [
    ['mkdir current', '/srv/own/current is no symbolic link'],
    ['ln -s /etc current', '/srv/own/current leads to /etc, which is no directory in /srv/own/releases'],
  ]) {
    await second?.run(`cd /srv/own && mv current away && ${spoil}`);
    const before = await listings(farm.nodes, '/srv', '/root');
    for (const line of [
      ['--switch', '-U', 'build'],
      ['--dry-run', '--switch', '-U', 'build'],
      ['--rollback'],
    ]) {
      const refused = await expectExit(at('/srv/own', line), 4);
      expect(refused.stderr).toContain(why);
      expect(refused.stderr).toContain(second?.host);
    }
    const list = await expectExit(at('/srv/own', ['--releases']), 4);
    expect(list.stdout).toMatch(/^\* \S+ {2}127\.\d+\.\d+\.\[1,3-4\]\n$/);
    expect(await listings(farm.nodes, '/srv', '/root')).toEqual(before);
    await second?.run('cd /srv/own && rm -r current && mv away current');
  }
});

test('F16: a dry run compares with what is current, and an audit tells what else is there', async () => {
  build('one');
  const fresh = await expectExit(at('/srv/look', ['--dry-run', '--switch', '-U', 'build']), 6);
  expect(fresh.stdout).toMatch(/^\+ \/srv\/look\/current\/index {2}/m);
  expect(await each('ls /srv/look')).toEqual(alike(''));
  await release('/srv/look', 'one');
  build('two');
  const dry = await expectExit(at('/srv/look', ['--dry-run', '--switch', '-U', 'build']), 6);
  expect(dry.stdout).toMatch(/^~ \/srv\/look\/current\/index {2}/m);
  expect(dry.stdout).not.toContain('same');
  await farm.nodes[2]?.run('touch /srv/look/current/more');
  const gone = await expectExit(at('/srv/look', ['--dry-run', '--switch', '-U', 'build']), 6);
  expect(gone.stdout).toMatch(new RegExp(`^- /srv/look/current/more  ${farm.nodes[2]?.host}$`, 'm'));
  const audit = await expectExit(at('/srv/look', ['--audit', '--switch', '-U', 'build']), 6);
  expect(audit.stdout).toMatch(new RegExp(`^extra +/srv/look/current/more  ${farm.nodes[2]?.host}$`, 'm'));
});

test('F16: what is in the way of a directory in the release before is not in the way of the next one, nor is a link that leads nowhere', async () => {
  await release('/srv/way', 'one');
  const [first, second] = farm.nodes;
  await first?.run('rm -r /srv/way/releases/2*');
  await second?.run('cd /srv/way/current && rm -r sub && touch sub && rm index && mkdir index');
  const line = ['--switch', '-U', 'build'];
  const dry = await expectExit(at('/srv/way', ['--dry-run', ...line]), 6);
  expect(dry.stdout).toMatch(/^\+ \/srv\/way\/current\/sub\/ {2}127\.\d+\.\d+\.\[1-2\]$/m);
  expect(dry.stdout).toMatch(/^\+ \/srv\/way\/current\/index {2}127\.\d+\.\d+\.\[1-2\]$/m);
  await expectExit(at('/srv/way', line), 0);
  expect(await each('cat /srv/way/current/index')).toEqual(alike('one'));
});

test('the oldest releases go when all have the new one, and what cannot go is a warning', async () => {
  const names: string[] = [];
  for (const text of ['one', 'two', 'three'])
    names.push(await release('/srv/kept', text, '--keep-releases', '2'));
  // Runs of the same second have names in any order.
  expect(await each('ls /srv/kept/releases')).toEqual(alike(names.slice(1).sort().join('\n')));
  const shared = `/srv/kept/releases/${names[1]}/shared`;
  await farm.nodes[0]?.run(`mkdir ${shared} && mount --bind /etc ${shared}`);
  build('four');
  const ran = await expectExit(at('/srv/kept', ['--keep-releases', '2', '--switch', '-U', 'build']), 0);
  expect(ran.stderr).toContain(
    `old releases are left: something is mounted in /srv/kept/releases/${names[1]}`,
  );
  expect(await each('ls /srv/kept/releases | wc -l')).toEqual(['3', '2', '2', '2']);
  expect((await farm.nodes[0]?.run(`umount ${shared}; ls /etc/passwd`))?.stdout).toContain('passwd');
  await expectExit(at('/srv/kept', ['--rollback']), 0);
  expect(await each('cat /srv/kept/current/index')).toEqual(alike('three'));
});

test('F2: who reads through current while it is switched finds every file, whole', async () => {
  const nodes = farm.nodes.slice(0, 2);
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const script = `#!/bin/sh
for i in $(seq ${SWITCHES}); do
  for f in f0 f1 f2 f3; do { echo "release $i"; seq 2000; echo "release $i"; } >many/$f; done
  ${process.execPath} ${program} -q -r /srv/read --keep-releases 3 --switch -U many || exit
done
`;
  mkdirSync(join(sources, 'many'));
  writeFileSync(join(sources, 'script'), script, { mode: 0o755 });
  for (const name of ['f0', 'f1', 'f2', 'f3'])
    writeFileSync(join(sources, 'many', name), 'release 0\nrelease 0\n');
  await expectExit(at('/srv/read', ['--switch', '-U', 'many'], { nodes }), 0);
  // A file that was opened is read to its end, whatever becomes of its release.
  const reader = `cd /srv/read; nl='
'; n=0
while [ ! -e /tmp/over ]; do
  for f in f0 f1 f2 f3; do
    text=$(cat current/$f) || { echo "no $f"; exit 1; }
    [ "\${text%%$nl*}" = "\${text##*$nl}" ] || { echo "a part of $f"; exit 1; }
    n=$((n + 1))
  done
  sleep 0.01
done; echo "read $n"`;
  for (const node of nodes) {
    await node.run(`cat >/tmp/reader <<'END'\n${reader}\nEND\nsh /tmp/reader >/tmp/read 2>&1 &`);
  }
  await expectExit(at('/srv/read', ['-L', '--', './script'], { nodes }), 0);
  for (const node of nodes) {
    const { stdout } = await node.run(
      'touch /tmp/over; until [ -s /tmp/read ]; do sleep 0.1; done; cat /tmp/read',
    );
    expect(stdout).toMatch(/^read [1-9]\d+\n$/);
    expect((await node.run('head -n 1 /srv/read/current/f3')).stdout).toBe(`release ${SWITCHES}\n`);
    expect((await node.run('ls /srv/read/releases | wc -l')).stdout.trim()).toBe('3');
  }
});

test('nothing of all that is left on a node', async () => {
  expect(await Promise.all(farm.nodes.map(leftovers))).toEqual(alike(''));
});
