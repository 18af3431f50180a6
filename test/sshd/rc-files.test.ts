/** Login scripts that print, and that export or set what could change what shells and programs of ours do. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, leftovers, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

/** bash reads it at each login over ssh. What it exports reaches every program; what it sets, the login shell alone. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  prints: ['seq 20000', 'echo rc out', 'echo rc err >&2', 'printf "no newline"'],
  'exports what our texts would obey': [
    'export TMOUT=1; readonly TMOUT',
    'for f in read printf cd test kill stat rm mkdir; do eval "$f() { return 1; }; export -f $f"; done',
    'export SHELLOPTS BASHOPTS; set -u -C; shopt -s xpg_echo',
    'export POSIXLY_CORRECT=1 TAR_OPTIONS="--exclude=*" GREP_OPTIONS=-v TAPE=/dev/null XDG_STATE_HOME=/root/state',
    'export LC_ALL=tr_TR.UTF-8 LANGUAGE=tr',
    'echo "echo from env; exit 3" >|/root/env.sh; export ENV=/root/env.sh',
  ],
  'sets what its shell would obey': [
    'command mkdir -p /srv/trap/conf; export CDPATH=/srv/trap:/srv; cd /tmp',
    'set -u -f -C -e; shopt -s nullglob failglob extglob; IFS=:x',
    'umask 077',
    'trap "echo rc trap" EXIT; trap "" INT HUP PIPE',
  ],
};

beforeAll(async () => {
  farm = await startScene(2);
  mkdirSync(join(farm.home, 'conf'));
  for (const name of ['conf/a', 'input']) writeFileSync(join(farm.home, name), `${name}\n`);
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const script = [
    'set -e',
    `lockstep() { ${process.execPath} ${program} "$@"; }`,
    'lockstep -C "sleep 1.5; echo step one"',
    'lockstep -i input -C "cat; echo step two"',
    'lockstep -r /srv/app -e -U conf',
    'lockstep -r /srv/app -e -S conf',
    'lockstep -r /srv/app -C "echo step \\$(cat conf/a)"',
  ];
  writeFileSync(join(farm.home, 'script'), `#!/bin/sh\n${script.join('\n')}\n`, { mode: 0o755 });
});
afterAll(() => farm?.stop());

/** How often each of both nodes says these words of ours, whatever else is said. */
function saidBy(stdout: string, words: readonly string[]): number[][] {
  const lines = stdout.split('\n');
  return farm.nodes.map(({ host }) =>
    words.map((word) => lines.filter((line) => line.startsWith(`${host} `) && line.endsWith(word)).length),
  );
}

const TWICE = (...counts: number[]) => [counts, counts];

describe.each(Object.entries(SCRIPTS))('beside a node whose login script %s', (_title, lines) => {
  beforeAll(async () => {
    const [first] = farm.nodes;
    await first?.run(
      `cat >/root/.bashrc <<'X'\n${lines.join('\n')}\nX\nrm -rf /srv/app /root/state; mkdir -p /srv/app`,
    );
    await farm.nodes[1]?.run('rm -rf /srv/app; mkdir -p /srv/app');
  });

  test('commands, uploads and syncs do the same on both', async () => {
    const plain = await expectExit(run(farm, ['-C', 'sleep 1.5; echo own']), 0);
    expect(saidBy(plain.stdout, ['own'])).toEqual(TWICE(1));
    const fed = await expectExit(run(farm, ['-i', 'input', '-C', 'cat; echo own']), 0);
    expect(saidBy(fed.stdout, ['input', 'own'])).toEqual(TWICE(1, 1));
    await expectExit(run(farm, ['-r', '/srv/app', '-e', '-U', 'conf']), 0);
    await expectExit(run(farm, ['-r', '/srv/app', '-m', '-n', 'cat conf/a', '-e', '-S', 'conf']), 0);
    const synced = await expectExit(
      run(farm, ['-e', '-g', '--to=/srv/app', '-g', '--check=sleep 1.5', '-S', 'conf']),
      0,
    );
    expect(synced.stderr).not.toMatch(/FATAL|ERROR/);
    const seen = await Promise.all(
      farm.nodes.map((node) => node.run('cat /srv/app/conf/a; stat -c %a /srv/app/conf')),
    );
    expect(seen.map(({ stdout }) => stdout)).toEqual(['conf/a\n755\n', 'conf/a\n755\n']);
    const status = await expectExit(run(farm, ['--lock-status']), 0);
    expect(status.stdout).not.toMatch(/is held|left work/);
    await untilAtRest(farm.nodes);
    for (const node of farm.nodes) expect(await leftovers(node)).not.toContain('.lockstep-');
  });

  // A bash below sshd reads .bashrc itself, as over plain ssh; what the login shell before it says is not the command's.
  test.each([
    ['-C', ['-C', 'echo own']],
    ['-i', ['-i', 'input', '-C', 'echo own']],
    ['-S -m', ['-S', '--no-upload', '-m', '-n', 'echo own']],
    ['another shell', ['--shell', "sh -c '{}'", '-i', 'input', '-C', 'echo own']],
  ])('what it prints is told from what a command does, the same in each mode: %s', async (mode, words) => {
    const ran = await expectExit(run(farm, words), 0);
    const times = lines.includes('echo rc out') && mode !== 'another shell' ? 1 : 0;
    const said = (stream: string, word: string) => stream.split(word).length - 1;
    expect(said(ran.stdout, 'rc out'), ran.stdout.slice(-500)).toBe(times);
    expect(said(ran.stderr, 'rc err'), ran.stderr).toBe(times);
    expect(saidBy(ran.stdout, ['own'])).toEqual(TWICE(1));
  });

  test('so do the steps of a session, which login scripts do not speak into', async () => {
    const ran = await expectExit(run(farm, ['-L', '--', './script']), 0);
    expect(saidBy(ran.stdout, ['step one', 'input', 'step two', 'step conf/a'])).toEqual(TWICE(1, 1, 1, 1));
    await untilAtRest(farm.nodes);
  });
});
