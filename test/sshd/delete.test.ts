/** `--delete` on real nodes: what goes and what stays, what is asked, and that it comes back. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import {
  expectExit,
  expectNothingLeft,
  leftovers,
  listing,
  listings,
  pidOf,
  replaceProgram,
  run,
  startScene,
  untilFree,
} from './scene.ts';
import { converse } from './typist.ts';

/** A perl whose switch stands still when all is carried out, and fails when it is let go on. */
const FAILING_PERL = `#!/bin/sh
[ "$3" = switch ] || exec /usr/bin/perl.real "$@"
/usr/bin/perl.real "$@" >/dev/null
mkdir /run/halted
until [ -e /run/go ]; do sleep 0.05; done
echo planned
exit 1
`;

let farm: Farm;
let work: string;
let first: FarmNode;
let last: FarmNode;

beforeAll(async () => {
  farm = await startScene(3);
  [first, , last] = farm.nodes as [FarmNode, FarmNode, FarmNode];
  work = join(farm.home, 'work');
});
afterAll(() => farm?.stop());

beforeEach(async () => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'conf/sub'), { recursive: true });
  for (const name of ['a', 'b', 'sub/c', 'sub/d', 'sub/e']) writeFileSync(join(work, 'conf', name), name);
  for (const name of ['conf/sub', 'conf']) utimesSync(join(work, name), 1e9, 1e9);
  for (const node of farm.nodes)
    await node.run('rm -rf /srv/app /run/go /run/halted; mkdir -p /srv/app/beside');
  await expectExit(run(farm, [...line()], here()), 0);
  for (const node of [first, last])
    await node.run(
      `cd /srv/app/conf && mkdir -p old/deep && touch old/deep/x sub/"it's" sub/own.keep && touch -d @1000000000 . sub`,
    );
});

const here = () => ({ cwd: work });
const line = (...options: string[]) => [...options, '-r', '/srv/app', '-e', '-U', 'conf'];
const all = () => listings(farm.nodes, '/srv');
const named = () => listings(farm.nodes, '/srv/app/conf');

test('F21, F16: a dry run says what --delete then removes, and nothing else is changed', async () => {
  const before = await all();
  const options = ['--delete', '--exclude', '*.keep'];
  const told = await expectExit(run(farm, line('--dry-run', ...options), here()), 6);
  const on = [first, last].map(({ host }) => host);
  const nodes = told.stdout.split('\n')[0]?.split('  ')[1];
  for (const host of on) expect(nodes).toContain(host.replace(/\d+$/, ''));
  expect(told.stdout).toBe(`- /srv/app/conf/old/  ${nodes}\n- /srv/app/conf/sub/it's  ${nodes}\n`);
  expect(await all()).toEqual(before);
  const json = await expectExit(run(farm, line('--dry-run', '--json', ...options), here()), 6);
  const [difference] = json.stdout.split('\n').map((one) => (one === '' ? {} : JSON.parse(one).difference));
  expect(difference).toMatchObject({ kind: 'deleted', path: '/srv/app/conf/old', isDirectory: true });
  const ran = await expectExit(run(farm, line(...options), here()), 0);
  expect(ran.stderr).toMatch(
    /to be deleted: 4 names each of \d+ on 2 of 3 nodes: \/srv\/app\/conf\/old\/ \(/,
  );
  for (const node of [first, last]) {
    await node.run('rm /srv/app/conf/sub/own.keep && touch -d @1000000000 /srv/app/conf/sub');
    expect(await leftovers(node)).toBe('');
  }
  expect(new Set(await named()).size).toBe(1);
  const again = await expectExit(run(farm, line('--dry-run', ...options), here()), 0);
  expect(again.stdout).toBe('');
});

test('F21: with . all else in the directory goes, on a node that has nothing of it, too', async () => {
  await first.run('rm -r /srv/app/conf');
  const wide = ['--delete', '--yes', '-r', '/srv/app', '-e', '-U', '.'];
  await expectExit(run(farm, wide, here()), 0);
  for (const found of await listings(farm.nodes, '/srv/app')) {
    expect(found).not.toContain('beside');
    expect(found).not.toContain('old');
  }
  const { stdout } = await last.run('cd /srv/app && find . | sort');
  expect(stdout).toBe(
    '.\n./conf\n./conf/a\n./conf/b\n./conf/sub\n./conf/sub/c\n./conf/sub/d\n./conf/sub/e\n',
  );
});

test('F21, F15: much of it is asked about, with how much and the first names, and without a yes nothing is changed', async () => {
  await last.run('cd /srv/app/conf/old && i=0; while [ $i -lt 101 ]; do touch $i; i=$((i + 1)); done');
  const before = await all();
  const refused = await expectExit(run(farm, line('--delete'), here()), 4);
  expect(refused.stderr).toMatch(
    /so much is deleted only after a question: 10\d names or fewer of \d+ on 2 of 3 nodes/,
  );
  expect(refused.stderr).toContain('--yes');
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const asked = (answer: string) =>
    converse(farm, [...targets, ...line('--delete')], { turns: [['y/N] ', answer]], ...here() });
  const no = await asked('n\r');
  expect(no).toMatchObject({ code: 4 });
  expect(no.screen).toMatch(/delete 10\d names or fewer of \d+ on 2 of 3 nodes: \/srv\/app\/conf\/old\//);
  expect(await all()).toEqual(before);
  expect((await asked('y\r')).code).toBe(0);
  expect(new Set(await named()).size).toBe(1);
});

test('F21, F1: what a node cannot remove, or cannot list, is told by name before any node has changed', async () => {
  for (const [spoil, mend, said] of [
    [
      'chattr +i /srv/app/conf/old/deep',
      'chattr -i /srv/app/conf/old/deep',
      /cannot remove .*old\/deep.*immutable/,
    ],
    [
      'mount -t tmpfs none /srv/app/conf/old/deep',
      'umount /srv/app/conf/old/deep',
      /conf\/old holds a mount point/,
    ],
    [
      'mv /srv/app/conf /srv/app/away && ln -s away /srv/app/conf',
      'rm /srv/app/conf && mv /srv/app/away /srv/app/conf',
      /\/srv\/app\/conf is a symbolic link there: nothing is removed behind one/,
    ],
    ['mv /usr/bin/find /usr/bin/find.away', 'mv /usr/bin/find.away /usr/bin/find', /find is not installed/],
  ] as const) {
    const before = await named();
    await last.run(spoil);
    const refused = await expectExit(run(farm, line('--delete'), here()), 4);
    await last.run(mend);
    expect(refused.stderr).toMatch(said);
    expect(await named()).toEqual(before);
  }
});

test('F21, F14: what was removed comes back when the commit fails, and when all is killed behind it', async () => {
  const giveBack = await replaceProgram(last, '/usr/bin/perl', FAILING_PERL);
  const halted = async () => {
    const ran = run(farm, line('--delete'), here());
    await pidOf(last, /sleep 0\.05/);
    return ran;
  };
  const before = await listing(last, '/srv');
  try {
    const failed = await halted();
    expect(await listing(last, '/srv/app/conf')).not.toContain('/old');
    await last.run('mkdir /run/go');
    expect((await failed.exited).code).toBeGreaterThan(0);
    expect(failed.stderr).toContain('planned');
    expect(await listing(last, '/srv')).toBe(before);
    await last.run('rm -rf /run/go /run/halted');
    await first.run('cd /srv/app/conf && mkdir -p old/deep');
    const killed = await halted();
    killed.kill('SIGKILL');
    process.kill(await pidOf(last, /lockstep-hand \S+ p /), 'SIGKILL');
    await untilFree(farm.nodes);
    expect(await listing(last, '/srv')).toBe(before);
  } finally {
    await last.run('mkdir -p /run/go');
    await giveBack();
  }
  await expectExit(run(farm, line('--delete'), here()), 0);
  await expectNothingLeft(farm.nodes);
  expect(new Set(await named()).size).toBe(1);
});
