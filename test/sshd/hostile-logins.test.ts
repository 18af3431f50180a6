/** Whatever a login script sets, our own programs do the same; the user's command gets what it would get over plain ssh. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { oneOf } from '../one-of.ts';
import { expectExit, leftovers, pidOf, run, startScene, untilAtRest } from './scene.ts';

const FUNCTIONS = [
  'read',
  'printf',
  'kill',
  'set',
  'tar',
  'trap',
  'sed',
  'test',
  'stat',
  'rm',
  'umask',
  'sleep',
];

/** Each as a whole .bashrc. `ask`: what the user's command sees of it, `shown`. */
const SCRIPTS: readonly { script: string; ask?: string; shown?: string }[] = [
  { script: 'umask 777', ask: 'umask', shown: '0777' },
  { script: "trap '' TERM ALRM HUP INT USR1", ask: 'trap', shown: "trap -- '' SIGTERM" },
  {
    script: `for f in ${FUNCTIONS.join(' ')}; do eval "$f() { echo bad; return 1; }"; done; export -f ${FUNCTIONS.join(' ')}`,
    ask: 'tar || true',
    shown: 'bad',
  },
  {
    script: `export CDPATH=/srv:/tmp TAR_OPTIONS="--xattrs -v --exclude=*" TMOUT=1; readonly TMOUT
      export POSIXLY_CORRECT=1 GREP_OPTIONS=-v TIME_STYLE=+x QUOTING_STYLE=shell BLOCK_SIZE=7 GLOBIGNORE=* IFS=x BASH_ENV=/none
      export PERL5OPT=-Mnonsense PERL5LIB=/none PERLIO=:nonsense PYTHONSTARTUP=/none PYTHONPATH=/none PYTHONHOME=/none`,
    ask: 'echo "$CDPATH $TMOUT $BLOCK_SIZE $PERL5OPT $PYTHONHOME"',
    shown: '/srv:/tmp 1 7 -Mnonsense /none',
  },
  {
    script: 'export LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 LANGUAGE=de',
    ask: 'echo $LC_ALL $LANG $LANGUAGE',
    shown: 'tr_TR.UTF-8 de_DE.UTF-8 de',
  },
  {
    script: 'export SHELLOPTS BASHOPTS; set -aeu -o noglob -o noclobber -o pipefail',
    ask: 'case $- in *f*) echo "kept${l+ ours}${t+ ours}${r+ ours}." ;; esac',
    shown: 'kept.\n',
  },
  { script: 'shopt -s expand_aliases; alias read=false sed=false sh=false sudo=false' },
  {
    script:
      'export CDPATH=/srv record=x stage=x _t=x _m=x end=x run=x name=x cut=yes code=7 t=x n=x mount_table=x roots=x primary=/ kept=x v=a%b',
    ask: 'echo $record $run $n $v',
    shown: 'x x x a%b',
  },
  {
    script: 'export LINES="a\nexport PATH=/none\nfi\nexport HOME=/none\n0777"',
    ask: 'echo "$LINES" | tail -n 1',
    shown: '0777',
  },
  { script: 'ulimit -n 20; ulimit -t 2', ask: 'echo $(ulimit -n) $(ulimit -t)', shown: '20 2' },
];

/** What may be refused, and by which words. */
const REFUSABLE: readonly { script: string; said: RegExp }[] = [{ script: 'ulimit -f 0', said: /./ }];

let farm: Farm;
let node: FarmNode;
const user = 'plain';

beforeAll(async () => {
  farm = await startScene(1);
  node = farm.nodes[0] as FarmNode;
  mkdirSync(join(farm.home, 'tree'));
  writeFileSync(join(farm.home, 'tree/file'), 'sent\n');
  writeFileSync(join(farm.home, 'input'), 'given\n');
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const step = `${process.execPath} ${program} -q -C 'echo step'`;
  writeFileSync(join(farm.home, 'script'), `#!/bin/sh\n${step}\n`, { mode: 0o755 });
  await node.run('cp /bin/sh /bin/sh.kept; chown plain: /home/plain');
});
afterAll(() => farm?.stop());

async function prepare(shell: string, script: string): Promise<void> {
  await node.run(`ln -sf ${shell} /bin/sh; rm -rf /home/plain/up /home/plain/to`);
  writeFileSync(join(node.directory, 'home/plain/.bashrc'), `${script}\n`);
}

const lines = (text: string) => text.split('\n').filter((line) => line !== '');

/** Each script before one of them. */
const SHELLS = ['dash', 'bash'];
const casesOf = <T extends object>(scripts: readonly T[]) =>
  scripts.flatMap((script, at) => oneOf(SHELLS, at).map((shell) => ({ ...script, shell })));

describe('a login script that says', () => {
  test.each(casesOf(SCRIPTS))(
    "$script is in nobody's way, where sh is $shell",
    async ({ script, ask = 'echo own', shown = 'own', shell }) => {
      await prepare(shell, script);
      const input = ['-i', 'input'];
      for (const way of [[], input]) {
        const ran = await expectExit(run(farm, ['-q', ...way, '-C', ask], { user }), 0);
        expect(ran.stdout, ran.stderr).toContain(shown);
      }
      await expectExit(run(farm, ['-r', 'up', '-e', '-U', 'tree'], { user }), 0);
      const tool = [
        '-e',
        '-g',
        '--to=to',
        '-g',
        '--check=umask; echo "$CDPATH,$record,$LANGUAGE"',
        '-S',
        'tree',
      ];
      const checked = await expectExit(run(farm, ['-q', ...tool], { user }), 0);
      const had = (name: string) => new RegExp(`${name}=([^ ]+)`).exec(script)?.[1] ?? '';
      expect(checked.stdout).toContain(`${had('CDPATH')},${had('record')},${had('LANGUAGE')}\n`);
      expect(checked.stdout).toContain(script === 'umask 777' ? '0777\n' : '0022\n');
      const made = await node.run(
        'cd /home/plain; cat up/tree/file to/tree/file; stat -c %a up/tree to/tree',
      );
      expect(made.stdout).toBe('sent\nsent\n755\n755\n');
      const marked = await expectExit(run(farm, ['-q', '-S', '-m', '--no-upload', '-n', ask], { user }), 0);
      expect(marked.stdout).toContain(shown);
      const session = await expectExit(run(farm, ['-L', '--', './script'], { user }), 0);
      expect(lines(session.stdout)).toContain('step');
      const holder = run(farm, ['-C', '/bin/sleep 300; true'], { user });
      await pidOf(node, /^.bin.sleep 300/);
      const status = await expectExit(run(farm, ['--lock-status'], { user }), 0);
      expect(status.stdout).toMatch(/is held by/);
      const id = /run (\S+?):/.exec(status.stdout)?.[1] ?? '';
      await expectExit(run(farm, ['--kill-grace=1', '--lock-break', id, '--yes'], { user }), 0);
      expect((await holder.exited).code).toBe(2);
      await untilAtRest(farm.nodes);
      expect(await leftovers(node)).not.toMatch(/\.lockstep-\d/);
    },
  );

  test.each(casesOf(REFUSABLE))(
    '$script is a cause with a name, where sh is $shell',
    async ({ script, said, shell }) => {
      await prepare(shell, script);
      await expectExit(run(farm, ['-q', '-C', 'echo own'], { user }), 0);
      const sent = run(farm, ['-r', 'up', '-e', '-U', 'tree'], { user });
      expect((await sent.exited).code).not.toBe(0);
      expect(sent.stderr).toMatch(said);
      await untilAtRest(farm.nodes);
      expect(await leftovers(node)).not.toMatch(/\.lockstep-\d/);
    },
  );
});
