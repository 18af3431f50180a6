import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, expectNothingLeft, leftovers, run, startScene } from './scene.ts';

describe('where files go, and what runs then, on real nodes', () => {
  let farm: Farm;
  /** Sources, below an absolute path that no node has. */
  let sources: string;

  beforeAll(async () => {
    farm = await startScene(3);
    sources = join(farm.home, 'work');
    mkdirSync(join(sources, 'conf/sub'), { recursive: true });
    writeFileSync(join(sources, 'conf/a'), 'text of a\n');
    writeFileSync(join(sources, 'conf/sub/b'), 'text of b\n');
    writeFileSync(join(sources, 'x.conf'), 'text of x\n');
  });
  afterAll(() => farm?.stop());
  beforeEach(async () => {
    const clean = `rm -rf /srv /run/orgalorg ${farm.home} /root/* /root/.lock* /root/.local /home/plain/* /home/plain/.lock* /home/plain/.local`;
    for (const node of farm.nodes) await node.run(`${clean}; mkdir /srv`);
  });

  const here = () => ({ cwd: sources });
  /** What a script prints on the nodes, which must be the same on all of them. */
  async function onNodes(script: string): Promise<string> {
    const texts = await Promise.all(
      farm.nodes.map(async (node) => (await node.run(script)).stdout.trimEnd()),
    );
    expect(new Set(texts).size).toBe(1);
    return texts[0] ?? '';
  }
  /** What each node printed, without its prefix. */
  const printedBy = (stdout: string) =>
    farm.nodes.map(({ host }) =>
      stdout
        .split('\n')
        .flatMap((line) => (line.startsWith(`${host} `) ? [line.slice(host.length + 1)] : [])),
    );

  test('-U -r puts files below it under their absolute names, with -e under their relative ones', async () => {
    await expectExit(run(farm, ['-r', '/srv/new', '-U', 'conf', 'x.conf'], here()), 0);
    expect(await onNodes(`cd /srv/new${sources} && cat conf/a conf/sub/b x.conf`)).toBe(
      'text of a\ntext of b\ntext of x',
    );
    await expectExit(run(farm, ['-r', '/srv/other', '-e', '-U', './conf/sub', 'x.conf'], here()), 0);
    expect(await onNodes('cd /srv/other && find . -type f | sort')).toBe('./conf/sub/b\n./x.conf');
    await expectExit(run(farm, ['-r', '/srv/all', '-e', '-U', '.'], here()), 0);
    expect(await onNodes('cd /srv/all && find . -type f | sort')).toBe('./conf/a\n./conf/sub/b\n./x.conf');
    await expectNothingLeft(farm.nodes);
  });

  test('L13: an upload to where this account may not write is told so, with -x as what to try', async () => {
    const ran = await expectExit(
      run(farm, ['-r', '/etc/odd', '-e', '-U', 'x.conf'], { ...here(), user: 'plain' }),
      69,
    );
    expect(ran.stderr).toContain('cannot make /etc/odd: Permission denied');
    expect(ran.stderr).toContain('hint: -x does it as root');
    for (const node of farm.nodes) await node.run('mkdir -p /etc/odd');
    const staged = await expectExit(
      run(farm, ['-r', '/etc/odd', '-e', '-U', 'x.conf'], { ...here(), user: 'plain' }),
      4,
    );
    expect(staged.stderr).toContain('hint: -x does it as root');
    for (const node of farm.nodes) await node.run('rmdir /etc/odd');
  });

  test('-U without -r keeps the absolute paths, with -e it means the login directory', async () => {
    await expectExit(run(farm, ['-U', 'conf/a'], here()), 0);
    expect(await onNodes(`cat ${sources}/conf/a; find ${sources} -type f`)).toBe(
      `text of a\n${sources}/conf/a`,
    );
    await expectExit(run(farm, ['-e', '-U', 'conf/a'], here()), 0);
    expect(await onNodes('find ~ -name a')).toBe('/root/conf/a');
    await expectExit(run(farm, ['-e', '-r', '~/new', '-U', 'conf/a'], here()), 0);
    expect(await onNodes('find ~ -name a | sort')).toBe('/root/conf/a\n/root/new/conf/a');
  });

  test('--no-preserve-uid and --no-preserve-gid leave owner and group to the account', async () => {
    chownSync(join(sources, 'x.conf'), 1234, 5678);
    const owners: [string[], string][] = [
      [[], '1234:5678'],
      [['--no-preserve-uid'], '0:5678'],
      [['--no-preserve-gid'], '1234:0'],
      [['--no-preserve-uid', '--no-preserve-gid'], '0:0'],
    ];
    for (const [options, owner] of owners) {
      await expectExit(run(farm, [...options, '-e', '-r', '/srv/owners', '-U', 'x.conf'], here()), 0);
      expect(await onNodes('stat -c %u:%g /srv/owners/x.conf')).toBe(owner);
    }
    chownSync(join(sources, 'x.conf'), 0, 0);
  });

  test('an upload follows a symbolic link in the place of a parent directory, and leaves it', async () => {
    await onNodes(
      'mkdir -p /srv/releases/7/conf/sub && cd /srv && ln -s releases/7 current && echo old >releases/7/conf/sub/b',
    );
    await expectExit(run(farm, ['-e', '-r', '/srv/current', '-U', 'conf/sub/b'], here()), 0);
    expect(await onNodes('readlink /srv/current; cat /srv/releases/7/conf/sub/b')).toBe(
      'releases/7\ntext of b',
    );
    await onNodes('mkdir /srv/root && ln -s ../releases/7/conf /srv/root/conf');
    await expectExit(run(farm, ['-e', '-r', '/srv/root', '-U', 'conf/a'], here()), 0);
    expect(await onNodes('readlink /srv/root/conf; cat /srv/releases/7/conf/a')).toBe(
      '../releases/7/conf\ntext of a',
    );
  });

  test('-xn CMD -S of absolute files puts them in place on all nodes, then runs CMD', async () => {
    const file = join(sources, 'x.conf');
    const ran = await expectExit(
      run(farm, ['-xn', `cat ${file} >/srv/reloaded; id -un`, '-S', file], { user: 'worker' }),
      0,
    );
    expect(await onNodes(`cat /srv/reloaded ${file}`)).toBe('text of x\ntext of x');
    expect(printedBy(ran.stdout)).toEqual([['root'], ['root'], ['root']]);
    expect(ran.stderr).toContain('files go to their own paths');
  });

  test('--keep-staged, and -e, leave the files in the run directory, where CMD starts', async () => {
    const look = 'pwd; echo "$LOCKSTEP_ROOT" "$1"; find . -type f';
    const ran = await expectExit(
      run(farm, ['-n', look, '-g', 'a  b', '--keep-staged', '-S', join(sources, 'x.conf')]),
      0,
    );
    for (const [directory, told, ...files] of printedBy(ran.stdout)) {
      expect(directory).toMatch(/^\/(var\/)?run\/orgalorg\/\d{8}T\d{6}-[0-9a-f]{8}$/);
      expect(told).toBe(`${directory} a  b`);
      expect(files).toEqual([`.${sources}/x.conf`]);
    }
    expect(await onNodes(`ls ${sources} 2>&1`)).toContain('No such file');
    const relative = await expectExit(
      run(farm, ['-n', 'find . -type f', '-e', '-S', 'x.conf'], { ...here(), user: 'plain' }),
      0,
    );
    expect(printedBy(relative.stdout)).toEqual([['./x.conf'], ['./x.conf'], ['./x.conf']]);
  });

  test('a run directory survives success until the next run, and not a failure', async () => {
    const keep = ['-n', 'test -e x.conf', '-e', '-S', 'x.conf'];
    await expectExit(run(farm, keep, here()), 0);
    const [first] = (await onNodes('ls /run/orgalorg')).split('\n');
    await expectExit(run(farm, keep, here()), 0);
    const second = await onNodes('ls /run/orgalorg');
    expect(second).toMatch(/^\S+$/);
    expect(second).not.toBe(first);
    const failed = ['-n', '[ "$(hostname)" != node-2 ] || exit 4', '-e', '-S', 'x.conf'];
    const ran = await expectExit(run(farm, failed, here()), 1);
    expect(ran.stderr).toContain(`sync tool on [root@${farm.nodes[1]?.host}:22] exited with code 4`);
    expect(await onNodes('ls /run/orgalorg')).toBe('');
    const both = await leftovers(farm.nodes[0] as Farm['nodes'][0]);
    expect(both).not.toContain('orgalorg');
  });

  test('a sync tool on all nodes is started in the run directory; on some of them only, the sync is refused', async () => {
    const tool =
      'mkdir -p /usr/lib/orgalorg && cd /usr/lib/orgalorg && printf \'#!/bin/sh\\necho "$(find . -type f)" "$2"; read -r line && echo "${line#* }"\\n\' >sync && chmod 755 sync';
    await onNodes(tool);
    const ran = await expectExit(run(farm, ['-g', 'one', '-g', 'two  words', '-S', 'x.conf'], here()), 0);
    expect(printedBy(ran.stdout)).toEqual(Array(3).fill([`.${sources}/x.conf two  words`, 'HELLO']));
    await farm.nodes[2]?.run('rm /usr/lib/orgalorg/sync');
    const refused = await expectExit(run(farm, ['-S', 'x.conf'], here()), 1);
    const [one, two, three] = farm.nodes.map(({ host }) => `[root@${host}:22]`);
    expect(refused.stderr).toContain(`/usr/lib/orgalorg/sync on ${one}, ${two}\n`);
    expect(refused.stderr).toContain(`no sync tool on ${three}\n`);
    await onNodes('rm -rf /usr/lib/orgalorg');
    expect(await onNodes(`ls ${sources} 2>&1`)).toContain('No such file');
  });

  test('what stands in the place of a tool and is no file is none: it would hang whoever starts it', async () => {
    await onNodes('mkdir -p /usr/lib/lockstep && mkfifo -m 755 /usr/lib/lockstep/sync');
    const ran = await expectExit(run(farm, ['-g', '--to=/srv/no-fifo', '-S', 'x.conf'], here()), 0);
    expect(ran.stderr).toContain('on 3 nodes');
    await onNodes('rm -r /usr/lib/lockstep /srv/no-fifo');
  });

  test('without a tool on the nodes the shipped one is sent along, and puts the files at their own paths', async () => {
    await onNodes(`mkdir -p ${sources} && echo old >${sources}/x.conf`);
    const options = [
      '-g',
      `--check=grep text $LOCKSTEP_STAGE${sources}/x.conf`,
      '-g',
      '--reload=echo it is reloaded',
    ];
    const ran = await expectExit(run(farm, [...options, '-S', 'x.conf', 'conf'], here()), 0);
    expect(await onNodes(`cd ${sources} && cat x.conf conf/a conf/sub/b`)).toBe(
      'text of x\ntext of a\ntext of b',
    );
    for (const lines of printedBy(ran.stdout)) {
      expect(lines).toEqual(['text of x', 'staged 3 files for /', 'switched', 'it is reloaded', 'reloaded']);
    }
    const login = await expectExit(run(farm, ['-e', '-S', 'x.conf'], { ...here(), user: 'plain' }), 0);
    expect(login.stdout).toContain('staged 1 files for /home/plain');
    expect(await onNodes('cat /home/plain/x.conf; stat -c %U /home/plain/x.conf')).toBe('text of x\nplain');
  });

  test('F1: when the check of the shipped tool fails on one node, no node has changed', async () => {
    await onNodes(`mkdir -p ${sources} && echo old >${sources}/x.conf`);
    const ran = await expectExit(
      run(farm, ['-g', '--check=[ "$(hostname)" != node-2 ]', '-S', 'x.conf'], here()),
      1,
    );
    expect(await onNodes(`cat ${sources}/x.conf`)).toBe('old');
    expect(ran.stdout).toContain(`undone: [root@${farm.nodes[1]?.host}:22]: the check failed with code 1`);
    await expectNothingLeft(farm.nodes);
  });

  test('with -r the files are there before the shipped tool starts: that a check finds them there is told, and not that they are taken back', async () => {
    const check = ['-g', '--check=[ "$(hostname)" != node-2 ]'];
    const ran = await expectExit(run(farm, ['-r', '/srv/late', '-e', ...check, '-S', 'x.conf'], here()), 1);
    expect(ran.stderr).toContain('with -r the files are in place before the tool starts, and stay there');
    expect(ran.stdout).toContain('nothing to take back: the check failed with code 1');
    expect(ran.stdout).not.toContain('undone: ');
    expect(await onNodes('cat /srv/late/x.conf; rm -r /srv/late')).toBe('text of x');
    const target = await expectExit(
      run(farm, ['-e', '-g', '--to=/srv/late', ...check, '-S', 'x.conf'], here()),
      1,
    );
    expect(target.stderr).not.toContain('with -r');
    expect(await onNodes('ls /srv')).not.toContain('late');
  });

  test('-S --no-upload runs a tool alone; -m makes it a plain command, for which -i works', async () => {
    const tool = 'read -r prefix word; echo "$word in $PWD, $LOCKSTEP_ROOT"';
    const ran = await expectExit(run(farm, ['-n', tool, '-S', '--no-upload']), 0);
    expect(printedBy(ran.stdout)).toEqual(Array(3).fill(['HELLO in /root, /root']));
    const plain = await expectExit(
      run(farm, ['-i', 'x.conf', '-mn', 'cat - "$1"', '-g', 'x.conf', '-e', '-S', 'x.conf'], here()),
      0,
    );
    expect(printedBy(plain.stdout)).toEqual(Array(3).fill(['text of x', 'text of x']));
  });

  test('tools that ignore the protocol, or end without a last newline, and -l with it, hold up nobody', async () => {
    const ran = await expectExit(run(farm, ['-n', 'echo whole; printf part', '-S', '--no-upload']), 0);
    expect(printedBy(ran.stdout)).toEqual(Array(3).fill(['whole', 'part']));
    const tool = `read -r prefix word; echo begun; echo "$prefix SYNC here"; while [ "\${heard:-0}" -lt 3 ]; do read -r own word rest; [ "$word" != SYNC ] || heard=$((heard + 1)); done; echo ended`;
    const serial = await expectExit(run(farm, ['-l', '-n', tool, '-S', '--no-upload']), 0);
    expect(serial.stdout.match(/begun\n\S+ ended\n/g)).toHaveLength(3);
  });
});
