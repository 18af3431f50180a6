/** What login scripts print, set, export and define is somebody else's: a run does what it should, or says what is in its way. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { oneOf } from '../one-of.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

/** Where reading has a time, the barrier takes longer. */
const barrierOf = (script: string) =>
  `. ./lockstep.sh; hello && nodes && sleep ${script.includes('TMOUT=2') ? 4 : 0} && wait_for_all one && echo passed >&2`;

/** Each as a whole .bashrc; `shown`: what a command sees of it, as with ssh; `isSeen`: so does a shell of the user's. */
const HARMLESS: readonly { script: string; ask?: string; shown?: string; isSeen?: boolean }[] = [
  { script: 'readonly TMOUT=2; export TMOUT', ask: 'echo $TMOUT', shown: '2\n' },
  { script: 'set -eu' },
  { script: 'umask 077', ask: 'umask', shown: '0077\n' },
  { script: 'export SHELLOPTS; set -o noglob -o noclobber' },
  {
    script:
      'printf() { echo no; }; read() { return 1; }; kill() { :; }; cd() { echo no; }; export -f printf read kill cd',
    isSeen: true,
  },
  {
    script: 'export TAR_OPTIONS=--nonsense GREP_OPTIONS=--nonsense CDPATH=/tmp',
    ask: 'echo $CDPATH',
    shown: '/tmp\n',
  },
  {
    script: 'export POSIXLY_CORRECT=1 LC_ALL=C.UTF-8 BLOCKSIZE=1 LS_COLORS=x',
    ask: 'echo $LC_ALL',
    shown: 'C.UTF-8\n',
  },
  {
    // The command's own bash reads it, too, and must find them as they are.
    script: '[ "$set" ] || export set=yes l=1 t=2 w=3 n=4 i=5 s=6 g=7 r=8',
    ask: 'echo $l$t$w$n$i$s$g$r',
    shown: '12345678\n',
  },
  { script: "head -c 3000000 /dev/zero | tr '\\0' x; echo noise; echo more >&2", isSeen: true },
  { script: 'cd /tmp; exec 3>&1 5>/dev/null 8</ 9</', isSeen: true },
  { script: "PS4='+ '; set -x", isSeen: true },
];

/** These take of what we send, or close it. */
const IN_THE_WAY = ['exec 0</dev/null', 'read -r answer', 'head -c 300 >/dev/null'];

let farm: Farm;
let nodes: readonly FarmNode[];

beforeAll(async () => {
  farm = await startScene(2);
  nodes = farm.nodes;
  mkdirSync(join(farm.home, 'tree'));
  writeFileSync(join(farm.home, 'tree/file'), 'sent\n');
  writeFileSync(join(farm.home, 'input'), 'given\n');
  for (const node of nodes) {
    await node.run('cp /bin/sh /bin/sh.kept; chown plain: /home/plain');
    writeFileSync(join(node.directory, 'home/plain/lockstep.sh'), await library());
  }
});
afterAll(() => farm?.stop());

async function library(): Promise<Buffer> {
  const { readFile } = await import('node:fs/promises');
  return readFile(new URL('../../sync-tool/lib/lockstep.sh', import.meta.url));
}

async function prepare(script: string, shell = 'dash'): Promise<void> {
  for (const node of nodes) {
    await node.run(`ln -sf ${shell} /bin/sh; rm -rf /home/plain/up`);
    writeFileSync(join(node.directory, 'home/plain/.bashrc'), `${script}\n`);
  }
}

/** Each script before one of them. */
const SHELLS = ['dash', 'bash'];
const CASES = HARMLESS.flatMap((script, at) => oneOf(SHELLS, at).map((shell) => ({ ...script, shell })));

describe('where the login script says', () => {
  test.each(CASES)('$script, and sh is $shell', async ({ script, ask, shown, isSeen, shell }) => {
    await prepare(script, shell);
    const user = 'plain';
    const ran = await expectExit(run(farm, ['-q', '-C', `${ask ?? 'true'}; echo 'a\\b'`], { user }), 0);
    // A bash below sshd reads the script too, as with ssh: what that prints is the command's.
    const wanted = `${shown ?? ''}a\\b\n`;
    if (isSeen) expect(ran.stdout.split('a\\b\n')).toHaveLength(3);
    // Nodes say their lines beside each other.
    else expect(ran.stdout.split('\n').sort()).toEqual(wanted.repeat(2).split('\n').sort());
    await untilAtRest(nodes);
    if (isSeen) return;
    const input = await expectExit(run(farm, ['-q', '-i', 'input', '-C', 'cat'], { user }), 0);
    expect(input.stdout).toBe('given\ngiven\n');
    await expectExit(run(farm, ['-r', 'up', '-e', '-U', 'tree'], { user }), 0);
    for (const node of nodes) expect((await node.run('cat /home/plain/up/tree/file')).stdout).toBe('sent\n');
    const synced = await expectExit(run(farm, ['-S', '--no-upload', '-n', barrierOf(script)], { user }), 0);
    expect(synced.stderr.split('passed')).toHaveLength(3);
    await untilAtRest(nodes);
  });
});

test.each(IN_THE_WAY)('a login script that takes what is sent is refused by name: %s', async (script) => {
  await prepare(script);
  const ran = run(farm, ['-C', 'echo ran'], { user: 'plain' });
  expect((await ran.exited).code).not.toBe(0);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toMatch(/has not arrived whole|did not start a keeper/);
  await untilAtRest(nodes);
});
