/** Uploads on nodes where something refuses, is in the way, or dies at the wrong moment; and who may look at what they leave. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { capture, until } from '../farm/process.ts';
import {
  expectExit,
  expectNothingLeft,
  listings,
  pidOf,
  replaceProgram,
  run,
  startScene,
  untilAtRest,
  untilFree,
} from './scene.ts';
import { sh } from './trees.ts';

let farm: Farm;
let one: FarmNode;
let other: FarmNode;

beforeAll(async () => {
  farm = await startScene(2, ['AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys']);
  [one, other] = farm.nodes as [FarmNode, FarmNode];
  mkdirSync(join(farm.home, 'app/sub'), { recursive: true });
  for (const name of ['app/a', 'app/sub/b']) writeFileSync(join(farm.home, name), 'new');
});
afterAll(() => farm?.stop());

/** What a script prints on the nodes, which must be the same on all of them. */
async function onNodes(script: string): Promise<string> {
  const texts = await Promise.all(farm.nodes.map(async (node) => (await node.run(script)).stdout));
  expect(new Set(texts).size).toBe(1);
  return texts[0] ?? '';
}

const upload = (root: string, ...words: string[]) =>
  run(farm, ['-r', root, '-e', '-U', ...words], { cwd: farm.home });

describe('what a node refuses', () => {
  test('F1: a subvolume below the destination on one node is found before any node has changed', async ({
    skip,
  }) => {
    const supported = await capture('sh', [
      '-c',
      'modprobe btrfs 2>/dev/null; grep -qw btrfs /proc/filesystems',
    ]);
    if (supported.code !== 0) skip('NOT SHOWN: this kernel has no btrfs');
    await onNodes('mkdir -p /srv/bt/app/sub; cd /srv/bt/app; echo old | tee a sub/b >/dev/null');
    const unmount = await mountSubvolume(other, '/srv/bt', 'app/sub');
    try {
      const before = await listings(farm.nodes, '/srv/bt');
      const ran = await expectExit(upload('/srv/bt', 'app'), 4);
      expect(ran.stderr).toMatch(/\/srv\/bt\/app\/sub\/: it is on another file system or subvolume/);
      expect(ran.stderr).toContain(other.host);
      expect(await listings(farm.nodes, '/srv/bt')).toEqual(before);
      await expectNothingLeft(farm.nodes);
    } finally {
      await unmount();
    }
  });

  test('F4: a byte that is flipped in the stage on one node is found before any node has changed; node, file and cause are told', async () => {
    await onNodes('mkdir -p /srv/f4/app/sub; cd /srv/f4/app; echo old | tee a sub/b >/dev/null');
    const before = await listings(farm.nodes, '/srv/f4');
    const flip = '[ "$3" != prepare ] || printf X | dd of=tree/app/sub/b conv=notrunc 2>/dev/null';
    const program = `#!/bin/sh\n${flip}\nexec /usr/bin/perl.real "$@"\n`;
    const giveBack = await replaceProgram(other, '/usr/bin/perl', program);
    const ran = await expectExit(upload('/srv/f4', 'app'), 4);
    await giveBack();
    expect(ran.stderr).toMatch(
      /app\/sub\/b: its bytes are not those that were sent: sha256 \w{64} for \w{64}/,
    );
    expect(ran.stderr).toContain(other.host);
    expect(await listings(farm.nodes, '/srv/f4')).toEqual(before);
    await expectNothingLeft(farm.nodes);
  });

  test('F15: a commit that failed on every node, and has been taken back on all, exits with 4', async () => {
    await onNodes('mkdir -p /srv/c/app; cd /srv/c; echo old >app/a; touch -d @1.5 app/a app .');
    const failing =
      '#!/bin/sh\n[ "$3" != switch ] || { echo no perl today >&2; exit 9; }\nexec /usr/bin/perl.real "$@"\n';
    const before = await listings(farm.nodes, '/srv/c');
    const giveBacks = await Promise.all(
      farm.nodes.map((node) => replaceProgram(node, '/usr/bin/perl', failing)),
    );
    const ran = await expectExit(upload('/srv/c', 'app'), 4);
    for (const giveBack of giveBacks) await giveBack();
    expect(ran.stderr).toContain('all were taken back');
    expect(await listings(farm.nodes, '/srv/c')).toEqual(before);
    await expectNothingLeft(farm.nodes);
  });
});

/** Puts a btrfs with a subvolume over a directory, and what was in it into that. */
async function mountSubvolume(node: FarmNode, at: string, subvolume: string): Promise<() => Promise<void>> {
  const made = 'truncate -s 128M btrfs.img; mkfs.btrfs -q btrfs.img >/dev/null; losetup -f --show btrfs.img';
  const device = `${sh(farm.home, made)}`.trim();
  const number = device.replace('/dev/loop', '');
  const { code, stderr } = await node.run(`set -e
    [ -e ${device} ] || mknod ${device} b 7 ${number}
    cp -a ${at} /run/contents
    mount -t btrfs ${device} ${at}
    mkdir -p ${at}/${subvolume}
    rmdir ${at}/${subvolume}
    btrfs -q subvolume create ${at}/${subvolume} >/dev/null
    cp -a /run/contents/. ${at}/`);
  const unmount = async () => {
    await node.run(`umount ${at}; rm -rf /run/contents`);
    await capture('losetup', ['-d', device]);
  };
  if (code !== 0) await unmount();
  expect(code, stderr).toBe(0);
  return unmount;
}

describe('rights', () => {
  test('F10: --no-preserve-uid and --no-preserve-gid make nobody’s program one of root’s rights', async () => {
    sh(
      farm.home,
      'mkdir su; cd su; touch both user group; chown 1234:1234 *; chmod 6755 both; chmod 4755 user; chmod 2755 group',
    );
    const sent: [string[], string][] = [
      [[], '6755 1234:1234 2755 1234:1234 4755 1234:1234'],
      [['--no-preserve-uid'], '2755 0:1234 2755 0:1234 755 0:1234'],
      [['--no-preserve-gid'], '4755 1234:0 755 1234:0 4755 1234:0'],
      [['--no-preserve-uid', '--no-preserve-gid'], '755 0:0 755 0:0 755 0:0'],
    ];
    for (const [options, seen] of sent) {
      await expectExit(run(farm, [...options, '-r', '/srv/su', '-e', '-U', 'su'], { cwd: farm.home }), 0);
      expect(
        (await onNodes('cd /srv/su/su; stat -c "%a %u:%g" both group user')).trim().replaceAll('\n', ' '),
      ).toBe(seen);
    }
  });

  test('a run directory is for the account that has logged in where it is meant to look into it, and else for root alone', async () => {
    symlinkSync(
      fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url)),
      join(farm.home, 'orgalorg'),
    );
    const look = 'runuser -u worker -- sh -c "cat /run/orgalorg/*-*/app/a" 2>&1';
    const asWorker = { user: 'worker', cwd: farm.home } as const;
    const sync = ['-x', '-e', '-m', '-n', 'true'];
    await expectExit(run(farm, [...sync, '--keep-staged', '-S', 'app'], asWorker), 0);
    expect(await onNodes(look)).toBe('new');
    expect(await onNodes('runuser -u plain -- sh -c "cat /run/orgalorg/*-*/app/a" 2>&1')).not.toContain(
      'new',
    );
    await expectExit(run(farm, [...sync, '-S', 'app'], asWorker), 0);
    expect(await onNodes(look)).not.toContain('new');
    await expectExit(
      run(farm, [...sync, '-S', 'app'], { ...asWorker, program: join(farm.home, 'orgalorg') }),
      0,
    );
    expect(await onNodes(look)).toBe('new');
    await onNodes('rm -rf /run/orgalorg');
  });

  test('F1, F7: an account that is not root brings closed files and directories where ~ leads, by the shipped tool too', async () => {
    sh(
      farm.home,
      'mkdir -p closed/d; cd closed; for at in $(seq 300); do : >d/$at; done; echo new | tee f0 f222 d/g .lockstep-rc >/dev/null; chmod 0 f0; chmod 222 f222; chmod 300 d; touch -d @-1.5 d',
    );
    const cwd = join(farm.home, 'closed');
    const tool = ['-e', '-g', '--to=~/app', '-S', '.lockstep-rc', 'f0', 'f222', 'd'];
    const ran = await expectExit(run(farm, tool, { user: 'plain', cwd }), 0);
    expect(ran.stdout).toContain('staged 304 files for /home/plain/app\n');
    expect(`${ran.stdout}${ran.stderr}`).not.toContain('denied');
    await expectExit(
      run(farm, ['-e', '-r', '~/up', '-U', '.lockstep-rc', 'f0', 'f222', 'd'], { user: 'plain', cwd }),
      0,
    );
    const seen = (top: string) =>
      onNodes(
        `cd /home/plain/${top}; find . -mindepth 1 -maxdepth 1 -printf '%P %m %U %TS\n' | sort; ls -A d | wc -l; cat f0 f222 d/g .lockstep-rc`,
      );
    const there = await seen('app');
    expect(there).toBe(await seen('up'));
    expect(there).toMatch(
      /^\.lockstep-rc 644 1002 .*\nd 300 1002 58\.5\d*\nf0 0 1002 .*\nf222 222 1002 .*\n301\nnew\nnew\nnew\nnew\n$/,
    );
    await onNodes('rm -rf /home/plain/app /home/plain/up /run/orgalorg /home/plain/.lockstep-runs');
  });
});

test('a relative place, or one that begins with ~/, counts from the login directory, with -x and for the shipped tool too', async () => {
  const asRoot = { user: 'worker', cwd: farm.home } as const;
  const places = [
    ['-U', 'app', '-r', 'rel/u'],
    ['-U', 'app', '-r', '~/home/u'],
    ['-S', 'app', '-g', '--to=rel/s'],
    ['-S', 'app', '-g', '--to=~/home/s'],
    ['-S', 'app', '-g', '--to=$HOME/home/v'],
  ];
  for (const [mode = '', file = '', ...place] of places)
    await expectExit(run(farm, ['-x', '-e', ...place, mode, file], asRoot), 0);
  const found = await onNodes(
    "cd /home/worker; find . -path '*/app/a' -user root | sort; ls -d /root/*el /root/*ome 2>&1 | grep -v 'cannot'",
  );
  const expected = ['home/s', 'home/u', 'home/v', 'rel/s', 'rel/u'];
  expect(found).toBe(expected.map((place) => `./${place}/app/a\n`).join(''));
  await onNodes('rm -rf /home/worker/home /home/worker/rel /run/orgalorg');
});

test('what sudo and sshd say before anything of ours is no word of tar, nor of an upload that ends well', async () => {
  // sshd says that it cannot go to a home that is missing.
  await onNodes(
    'install -m 644 /root/.ssh/authorized_keys /etc/ssh/keys; sed -i s,/home/worker,/home/nowhere, /etc/passwd',
  );
  const sudo =
    '#!/bin/sh\necho "sudo: unable to resolve host $(hostname)" >&2\nexec /usr/bin/sudo.real "$@"\n';
  await onNodes('mkdir -m 777 -p /srv/said');
  const giveBacks = await Promise.all(farm.nodes.map((node) => replaceProgram(node, '/usr/bin/sudo', sudo)));
  const ran = run(farm, ['-x', '-r', '/srv/said', '-e', '-U', 'app'], { user: 'worker', cwd: farm.home });
  await expectExit(ran, 0);
  for (const giveBack of giveBacks) await giveBack();
  await onNodes('sed -i s,/home/nowhere,/home/worker, /etc/passwd');
  for (const words of ['unable to resolve host', 'Could not chdir to home directory'])
    expect(ran.stderr).not.toContain(words);
  expect(ran.stderr).not.toContain('{tar}');
  expect(await onNodes('cat /srv/said/app/a')).toBe('new');
});

test('F13: a stage of which the controller was told, and died before it passed that on, is removed by its node', async () => {
  // Holds the receiver before its first stage.
  const cut =
    '#!/bin/sh\nif grep -qs lockstep-hand /proc/$PPID/cmdline; then kill -STOP $$; fi\nexec /usr/bin/cut.real "$@"\n';
  await onNodes('mkdir -p /srv/early; touch -d @-1.5 /srv/early');
  const before = await listings(farm.nodes, '/srv/early');
  const giveBack = await replaceProgram(other, '/usr/bin/cut', cut);
  const ran = run(farm, ['-r', '/srv/early', '-e', '-U', 'app'], { cwd: farm.home });
  const held = await pidOf(other, /\/usr\/bin\/cut/);
  const hasStage = async (node: FarmNode) =>
    (await node.run('ls -A /srv/early')).stdout.startsWith('.lockstep-');
  await until('the other node waits for its files', () => hasStage(one));
  ran.kill('SIGSTOP');
  process.kill(held, 'SIGCONT');
  await until('this node waits for its files too', () => hasStage(other));
  ran.kill('SIGKILL');
  await untilFree(farm.nodes);
  await untilAtRest(farm.nodes);
  await giveBack();
  expect(await listings(farm.nodes, '/srv/early')).toEqual(before);
  await expectNothingLeft(farm.nodes);
});
