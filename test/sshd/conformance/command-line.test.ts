/** Sections 1.1 to 1.3: what a command line and a host list mean. The grammar alone is in test/unit/cli. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../../farm/farm.ts';
import { lockstep } from '../../farm/lockstep.ts';
import { expectExit, run, startScene } from '../scene.ts';

let farm: Farm;
let hosts: string[];

beforeAll(async () => {
  farm = await startScene(2);
  hosts = farm.nodes.map(({ host }) => host);
  writeFileSync(join(farm.home, 'file'), 'text\n');
});
afterAll(() => farm?.stop());

const printed = (text: string) => text.split('\n').sort().filter(Boolean);
const onEach = (text: string) => hosts.map((host) => `${host} ${text}`);

describe('a line that orgalorg takes', () => {
  test.each([
    ['clusters and attached values', ['-yxmlnecho "$1 $2"', '-ga', '-g', '-b', '-S'], 'a -b'],
    [
      'abbreviations, with = and without',
      ['--no-lock', '--simp', '--sync-c=echo "$1 $2"', '--ar', 'a', '--ar=-b', '--no-u', '--sync'],
      'a -b',
    ],
    [
      'options in any order, a value that looks like an option',
      ['-S', '-g', '-C', '-mn', 'echo "$1"', '--no-upload'],
      '-C',
    ],
    [
      'everything behind the first word as it is',
      ['-C', 'echo', '-o', 'x', '-C', '--', '--sudo'],
      '-o x -C -- --sudo',
    ],
    ['one leading -- of a command', ['-C', '--', 'echo', '--', 'x'], '-- x'],
    ['a lone - as a word', ['-i', 'file', '-C', 'cat', '-'], 'text'],
  ])('1.1: %s mean the same', async (_title, args, text) => {
    const ran = await expectExit(run(farm, args), 0);
    expect(printed(ran.stdout)).toEqual(onEach(text));
  });

  test('1.1: options that mean nothing in a mode are let be, and named', async () => {
    const ran = await expectExit(run(farm, ['-ym', '-en', 'x', '--lock-file', '/x', '-C', 'echo ran']), 0);
    expect(printed(ran.stdout)).toEqual(onEach('ran'));
    for (const option of ['-e', '-n', '-m', '--lock-file']) {
      expect(ran.stderr).toMatch(new RegExp(`\\[WARN\\] ${option} has no effect`));
    }
    const quiet = await expectExit(run(farm, ['-qe', '-C', 'true']), 0);
    expect(quiet.stderr).toBe('');
  });

  test('1.1, 5.1: -i is ignored in protocol mode, also when its file is missing', async () => {
    const ran = await expectExit(
      run(farm, ['-i', './missing', '-n', 'read -r _ word; echo $word', '-S', 'file']),
      0,
    );
    expect(printed(ran.stdout)).toEqual(onEach('HELLO'));
    expect(ran.stderr).toContain('-i has no effect');
  });

  test('1.1: -S without files runs the tool, and says that there were none', async () => {
    const ran = await expectExit(run(farm, ['-n', 'echo ran', '-S']), 0);
    expect(printed(ran.stdout)).toEqual(onEach('ran'));
    expect(ran.stderr).toContain('no files to upload');
  });

  test('1.2, 2.4: a timeout of 0 is none', async () => {
    const ran = await expectExit(
      run(farm, ['-c', '0', '-j', '0', '-z', '0', '-a', '0', '-C', 'echo ran']),
      0,
    );
    expect(printed(ran.stdout)).toEqual(onEach('ran'));
  });
});

describe('a line that orgalorg refuses', () => {
  test('C3, 1.3: -s goes with -o; lists are read in order, and each node counts once', async () => {
    writeFileSync(join(farm.home, 'more'), `\n# web\r\n  root@${hosts[0]}:22 # the first\r\n`);
    const [one, two] = hosts as [string, string];
    const args = ['-s', '-o', './more', '-o', `root@${one}`, '-u', 'root', '-l', '-C', 'echo $LOCKSTEP_NODE'];
    const ran = await expectExit(lockstep(args, { farm, input: `${two}\n\n` }), 0);
    expect(printed(ran.stdout)).toEqual([`${one} [root@${one}:22]`, `${two} [root@${two}:22]`].sort());
  });

  test('C4: -L takes -r, and locks it', async () => {
    await Promise.all(farm.nodes.map((node) => node.run('mkdir -p /srv/dir')));
    const holder = run(farm, ['-L', '-r', '/srv/dir']);
    await holder.waitForOutput(/waiting for interrupt/);
    expect(await farm.nodes[0]?.run('flock -nx /srv/dir true')).toMatchObject({ code: 1 });
    holder.kill('SIGINT');
    await expectExit(holder, 130);
  });

  test('1.1: of an option that is repeated the last one counts', async () => {
    const args = ['-u', 'nobody', '-u', 'worker', '-r', '/missing', '-r', '/tmp', '-x', '--sudo', '-C', '-C'];
    const targets = hosts.flatMap((host) => ['-o', host]);
    const ran = await expectExit(
      run(farm, [...targets, ...args, 'echo $SUDO_USER in $PWD'], { nodes: [] }),
      0,
    );
    expect(printed(ran.stdout)).toEqual(onEach('worker in /tmp'));
  });
});

test('called as orgalorg, -S -n CMD of absolute files leaves them in the run directory, where CMD starts', async () => {
  const program = join(farm.home, 'orgalorg');
  symlinkSync(fileURLToPath(new URL('../../../bin/lockstep.js', import.meta.url)), program);
  const directory = join(farm.home, 'etc');
  mkdirSync(directory);
  writeFileSync(join(directory, 'app.conf'), 'new\n');
  const look = `cat .${directory}/app.conf; ls ${directory} 2>/dev/null || echo not in place`;
  const ran = await expectExit(run(farm, ['-n', look, '-S', directory], { program }), 0);
  expect(printed(ran.stdout)).toEqual(hosts.flatMap((host) => [`${host} new`, `${host} not in place`]));
});
