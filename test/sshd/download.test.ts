/** Files of nodes are brought here: from GNU tar and that of busybox, with and without programs that give a session, and from liars. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { archive } from '../unit/transfer/pull/hostile.ts';
import { expectExit, replaceProgram, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;
let into: string;

const MAKE = `rm -rf /var/log/app; mkdir -p /var/log/app/old && cd /var/log/app && hostname >name && echo 1 >old/a.1 &&
  ln -s name current && ln old/a.1 again && chmod 640 name && chmod 4755 old/a.1 && touch -d @1600000000 name old`;

beforeAll(async () => {
  farm = await startScene(3);
  const [, busybox, bare] = farm.nodes;
  await busybox?.run('ln -sf /bin/busybox /usr/bin/tar; ln -sf /bin/busybox /bin/sh');
  await bare?.run('rm -f /usr/bin/perl /usr/bin/python3; usermod -s /bin/sh root');
  into = join(farm.home, 'logs');
});
afterAll(() => farm?.stop());
beforeEach(async () => {
  rmSync(into, { recursive: true, force: true });
  for (const node of farm.nodes) await node.run(MAKE);
});

const nameOf = ({ host }: FarmNode, user = 'root') =>
  readdirNames().find((name) => name.startsWith(`${user}@${host}`)) ?? '';
const readdirNames = () => (existsSync(into) ? readdirSync(into) : []);
const placeOf = (node: FarmNode) => join(into, nameOf(node));

test('each node has a directory with its files as they are there, and a line that says how many', async () => {
  const ran = await expectExit(run(farm, ['--into', into, '--download', '/var/log/app']), 0);
  expect(readdirNames()).toHaveLength(3);
  for (const node of farm.nodes) {
    const app = join(placeOf(node), 'var/log/app');
    expect(readdirSync(app).sort()).toEqual(['again', 'current', 'name', 'old']);
    expect(readFileSync(join(app, 'current'), 'utf8')).toBe((await node.run('cat /var/log/app/name')).stdout);
    expect(statSync(join(app, 'name')).mode & 0o7777).toBe(0o640);
    expect(statSync(join(app, 'name')).mtimeMs).toBe(1_600_000_000_000);
    expect(statSync(join(app, 'old')).mtimeMs).toBe(1_600_000_000_000);
    expect(statSync(join(app, 'old/a.1')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(app, 'again')).ino).toBe(statSync(join(app, 'old/a.1')).ino);
    expect(ran.stderr).toMatch(
      new RegExp(`${node.host}.* 4 files, \\d+ bytes, in ${into}/root@${node.host}`),
    );
  }
  const json = await expectExit(run(farm, ['--json', '--into', into, '--download', '/var/log/app/name']), 0);
  const objects = json.stderr
    .split('\n')
    .flatMap((line) => (line.includes('"pulled"') ? [JSON.parse(line)] : []));
  expect(objects).toHaveLength(3);
  expect(objects[0]).toMatchObject({
    stream: 'status',
    pulled: { files: 1, leftOut: 0, path: expect.stringContaining(into) },
  });
  await untilAtRest(farm.nodes);
});

test('what is named twice, or lies below another path, is brought once; another name of a link is one, too', async () => {
  for (const node of farm.nodes) await node.run('cd /var/log/app && ln -P current twin');
  const paths = ['/var/log/app/name', '/var/log/app', '/var/log/app', '/var/log/app/old/a.1'];
  await expectExit(run(farm, ['--into', into, '--download', ...paths]), 0);
  for (const node of farm.nodes) {
    const app = join(placeOf(node), 'var/log/app');
    expect(readdirSync(app).sort()).toEqual(['again', 'current', 'name', 'old', 'twin']);
    expect(readlinkSync(join(app, 'twin'))).toBe('name');
  }
});

test('F17: what was brought before is replaced as a whole, and stays where a node fails, which is named', async () => {
  await expectExit(run(farm, ['--into', into, '--download', '/var/log/app']), 0);
  const [first, second, third] = farm.nodes as [FarmNode, FarmNode, FarmNode];
  await first.run('rm /var/log/app/old/a.1; echo new >/var/log/app/name');
  for (const node of [second, third]) await node.run('mv /var/log/app /var/log/away');
  const ran = await expectExit(run(farm, ['--into', into, '--download', '/var/log/app']), 1);
  await second.run('mv /var/log/away /var/log/app');
  await third.run('mv /var/log/away /var/log/app');
  expect(readFileSync(join(placeOf(first), 'var/log/app/name'), 'utf8')).toBe('new\n');
  expect(existsSync(join(placeOf(first), 'var/log/app/old/a.1'))).toBe(false);
  for (const node of [second, third]) {
    expect(existsSync(join(placeOf(node), 'var/log/app/old/a.1'))).toBe(true);
    expect(ran.stderr).toContain(node.host);
  }
  expect(ran.stderr).toMatch(/failed on 2 of 3 nodes/);
  expect(ran.stderr).toMatch(/No such file/);
  expect(readdirNames()).toHaveLength(3);
});

test('files that grow, shrink and go away while they are read end nothing', async () => {
  const busy =
    'cd /var/log/app; for f in $(seq 300); do echo $f >f$f; done; i=0; while [ -e /run/busy ]; do i=$((i+1)); echo $i >>name; for f in 7 77 177 277; do rm -f f$f; echo $i$i >>f$f; done; done';
  for (const node of farm.nodes) await node.run(`touch /run/busy; (${busy}) >/dev/null 2>&1 </dev/null & :`);
  try {
    for (let pull = 0; pull < 4; pull++) {
      await expectExit(run(farm, ['--into', into, '--download', '/var/log/app']), 0);
      for (const node of farm.nodes)
        expect(readdirSync(join(placeOf(node), 'var/log/app')).length).toBeGreaterThan(295);
    }
  } finally {
    for (const node of farm.nodes) await node.run('rm -f /run/busy');
  }
});

test('a node that sends too much, or lies, is ended and named, and leaves nothing', async () => {
  const [first, second, third] = farm.nodes as [FarmNode, FarmNode, FarmNode];
  await first.run('truncate -s 1T /var/log/app/huge');
  writeFileSync(join(farm.home, 'evil.tar'), archive({ name: '../../../evil', contents: 'evil' }));
  const text = readFileSync(join(farm.home, 'evil.tar')).toString('base64');
  await second.run(`echo ${text} | base64 -d >/evil.tar`);
  const undo = await replaceProgram(
    second,
    '/usr/bin/tar',
    '#!/bin/sh\n[ "$1" = --version ] || { cat /evil.tar; sleep 60; }',
  );
  try {
    const ran = await expectExit(
      run(farm, ['--max-bytes', '3M', '--into', into, '--download', '/var/log/app']),
      1,
    );
    expect(ran.stderr).toContain('it sends more than 3145728 bytes');
    expect(ran.stderr).toContain('--max-bytes');
    expect(ran.stderr).toContain('a name in its archive has ".." in it');
    expect(readdirNames()).toEqual([nameOf(third)]);
    expect(existsSync(join(farm.home, 'evil'))).toBe(false);
    await untilAtRest(farm.nodes);
  } finally {
    await undo();
  }
});

test('Ctrl-C ends it, and leaves what was there', async () => {
  await expectExit(run(farm, ['--into', into, '--download', '/var/log/app']), 0);
  for (const node of farm.nodes) await node.run('truncate -s 1T /var/log/app/huge');
  const ran = run(farm, ['--max-bytes', '1T', '--into', into, '--download', '/var/log/app']);
  const isUnderWay = () => readdirNames().some((name) => name.startsWith('.lockstep-')) && sizeOf(into) > 1e6;
  await until('some of it has come', isUnderWay);
  ran.kill('SIGINT');
  await expectExit(ran, 130);
  expect(readdirNames().filter((name) => name.startsWith('.'))).toEqual([]);
  for (const node of farm.nodes) expect(existsSync(join(placeOf(node), 'var/log/app/name'))).toBe(true);
  await untilAtRest(farm.nodes);
});

test('F17: what one that was killed has left is removed by the next one, and what was there before is whole', async () => {
  await expectExit(run(farm, ['--into', into, '--download', '/var/log/app']), 0);
  for (const node of farm.nodes) await node.run('truncate -s 1T /var/log/app/huge');
  const killed = run(farm, ['--max-bytes', '1T', '--into', into, '--download', '/var/log/app']);
  await until(
    'some of it has come',
    () => readdirNames().some((name) => name.startsWith('.lockstep-')) && sizeOf(into) > 1e6,
  );
  killed.kill('SIGKILL');
  await killed.exited;
  expect(readdirNames().filter((name) => name.startsWith('.'))).toHaveLength(1);
  for (const node of farm.nodes) expect(existsSync(join(placeOf(node), 'var/log/app/name'))).toBe(true);
  const next = ['--lock-wait=20', '--into', into, '--download', '/var/log/app/name'];
  const ran = await expectExit(run(farm, next), 0);
  expect(ran.stderr).not.toContain('another download');
  expect(readdirNames().filter((name) => name.startsWith('.'))).toEqual([]);
  await untilAtRest(farm.nodes);
});

test('relative paths count from -r or the login directory, as readers, with sudo, and in a session', async () => {
  for (const node of farm.nodes)
    await node.run(
      'mkdir -p /home/worker/d; echo mine >/home/worker/d/f; chown -R worker /home/worker; chmod 600 /var/log/app/name',
    );
  await expectExit(run(farm, ['--into', into, '--download', '~/d'], { user: 'worker' }), 0);
  for (const node of farm.nodes)
    expect(readFileSync(join(into, nameOf(node, 'worker'), 'd/f'), 'utf8')).toBe('mine\n');
  await expectExit(run(farm, ['--lock-shared', '-r', '/var/log/app', '--into', into, '--download', '.']), 0);
  for (const node of farm.nodes) expect(existsSync(join(placeOf(node), 'old/a.1'))).toBe(true);
  const denied = await expectExit(
    run(farm, ['--into', into, '--download', '/var/log/app/name'], { user: 'worker' }),
    1,
  );
  expect(denied.stderr).toMatch(/Permission denied/);
  await expectExit(
    run(farm, ['-x', '--into', into, '--download', '/var/log/app/name'], { user: 'worker' }),
    0,
  );
  const inside = `"$NODE" "$LOCKSTEP" -F none --into ${into} --download /var/log/app/old`;
  const command = ['-L', '--', 'sh', '-c', inside];
  await expectExit(
    run(farm, command, {
      env: { NODE: process.execPath, LOCKSTEP: join(import.meta.dirname, '../../bin/lockstep.js') },
    }),
    0,
  );
  for (const node of farm.nodes) expect(existsSync(join(placeOf(node), 'var/log/app/old/a.1'))).toBe(true);
});

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    return sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}
