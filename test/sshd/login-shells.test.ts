/** Accounts whose login shell is any of these run what was given, to the letter. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BOOT_PROGRAM } from '../../src/node/boot.ts';
import { KEEPER_TEXT } from '../../src/node/texts.ts';
import type { Farm } from '../farm/farm.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene, strays, untilAtRest } from './scene.ts';

const SHELLS = ['sh', 'dash', 'bash', 'zsh', 'ksh', 'mksh', 'fish', 'tcsh', 'busybox'];

/** What a shell may take for its own: newlines, backslashes, quotes of all kinds, history, globs, comments. */
const HOSTILE = `printf '<%s>' 'a\\b' "c\\\\d" 'e\nf' "it's" '!!' \\! '!x' "\\"" \\\\n '$HOME' '*' '{a,b}' '~' '^x^y' '%1'
echo # no more
cat <<'X'
a\\'b\\\\"c" !
X`;
const SAID = `<a\\b><c\\d><e\nf><it's><!!><!><!x><"><\\n><$HOME><*><{a,b}><~><^x^y><%1>\na\\'b\\\\"c" !\n`;

let farm: Farm;
let node: FarmNode;

beforeAll(async () => {
  farm = await startScene(1);
  node = farm.nodes[0] as FarmNode;
  await addAccount('nologin', '/usr/sbin/nologin');
  await addAccount('false', '/bin/false');
  for (const shell of SHELLS) {
    // Of busybox the link is a login shell: by its own name it takes a word for an applet.
    const path = shell === 'busybox' ? '/usr/local/bin/ash' : `/bin/${shell}`;
    if (shell === 'busybox') await node.run(`ln -s /bin/busybox ${path}`);
    await addAccount(shell, path);
  }
  mkdirSync(join(farm.home, 'tree'));
  writeFileSync(join(farm.home, 'tree/file'), 'sent\n');
  writeFileSync(join(farm.home, 'input'), `${HOSTILE}\n`);
});
afterAll(() => farm?.stop());

async function addAccount(name: string, shell: string): Promise<void> {
  const { code, stderr } = await node.run(
    `useradd -m -s ${shell} -p '*' u${name} && cp -r /root/.ssh /home/u${name}/ && chown -R u${name}: /home/u${name}/.ssh &&
      mkdir "/home/u${name}/a \\\\ 'd' !" && chown u${name}: /home/u${name}/a*`,
  );
  expect(code, stderr).toBe(0);
}

const raw = ['-q'];

describe.each(SHELLS)('an account whose login shell is %s', (shell) => {
  const user = `u${shell}`;

  test('S7: runs a command to the letter', async () => {
    const ran = await expectExit(run(farm, [...raw, '-C', HOSTILE], { user }), 0);
    expect(ran.stdout).toBe(SAID);
  });

  test('S7: runs it in any directory, and with input', async () => {
    const directory = "a \\ 'd' !";
    const ran = await expectExit(run(farm, [...raw, '-r', directory, '-C', `pwd\n${HOSTILE}`], { user }), 0);
    expect(ran.stdout).toBe(`/home/${user}/${directory}\n${SAID}`);
    const input = await expectExit(
      run(farm, [...raw, '-i', join(farm.home, 'input'), '-C', `${HOSTILE}\ncat`], { user }),
      0,
    );
    expect(input.stdout).toBe(`${SAID}${readFileSync(join(farm.home, 'input'), 'utf8')}`);
  });

  test('is sent files, and runs a tool on them', async () => {
    await expectExit(run(farm, ['-r', "a \\ 'd' !", '-e', '-U', 'tree'], { user }), 0);
    const told = await node.run(`cat "/home/${user}/a \\\\ 'd' !/tree/file"`);
    expect(told.stdout).toBe('sent\n');
    const tool = await expectExit(
      run(farm, [...raw, '-S', '-r', 'synced', '-n', `cat tree/file\n${HOSTILE}`, '-e', 'tree'], { user }),
      0,
    );
    expect(tool.stdout).toContain(SAID);
  });

  test('runs the steps of a session to the letter', async () => {
    const program = [process.execPath, join(import.meta.dirname, '../../bin/lockstep.js')];
    const ran = await expectExit(
      run(farm, [...raw, '-L', '--', ...program, ...raw, '-C', HOSTILE], { user }),
      0,
    );
    expect(ran.stdout).toContain(SAID);
  });
});

const IN_THE_WAY: Readonly<Record<string, readonly (readonly [text: string, said: RegExp])[]>> = {
  zsh: [
    ['read x', /has not arrived whole: a login script reads stdin/],
    ['exec() { echo taken; }', /ended with code 0 and ran nothing; it said: taken/],
    ['exit 0', /ended with code 0 and ran nothing; it said nothing/],
    ['exec bash', /its login starts another shell, which takes what is sent for commands/],
    ['exec sh', /its login starts another shell, which takes what is sent for commands/],
  ],
  fish: [
    ['read x', /has not arrived whole: a login script reads stdin/],
    ['set -gx PATH /none', /cannot start sh/],
    ['exec bash -l', /its login starts another shell, which takes what is sent for commands/],
  ],
  tcsh: [
    ['set x = $<', /has not arrived whole: a login script reads stdin/],
    ['setenv PATH /none', /ran nothing; it said: sh: Command not found/],
    ['alias exec echo', /ended with code 0 and ran nothing/],
    ['exec bash', /its login starts another shell, which takes what is sent for commands/],
  ],
};

/** What it reads at each login over ssh, and there what must be in nobody's way. */
const SCRIPTS: Readonly<Record<string, { file: string; lines: readonly string[] }>> = {
  zsh: {
    file: '.zshenv',
    lines: [
      'print noise; print -u2 noise; print -n nonl',
      'setopt noclobber nounset errexit noglob shwordsplit ksharrays posixbuiltins xtrace',
      'setopt ERR_EXIT NULL_GLOB RC_QUOTES CSH_JUNKIE_QUOTES IGNORE_BRACES',
      'trap "echo trapped" EXIT TERM; TRAPEXIT() { echo trapped; }; precmd() { echo p; }; preexec() { echo p; }',
      'function read { echo bad; }; function printf { echo bad; }; function kill { echo bad; }; alias read=false',
      'export ENV=/etc/passwd BASH_ENV=/etc/passwd TMOUT=1 CDPATH=/srv; umask 077; ulimit -n 30; exec 2>&1',
    ],
  },
  fish: {
    file: '.config/fish/config.fish',
    lines: [
      'echo noise; echo noise >&2; printf nonl',
      'alias sh false; alias exec false; abbr -a exec false; function printf; end; function read; end',
      'function f --on-event fish_exit; echo bye; end; trap "echo trapped" TERM; status job-control full',
      'set -gx ENV /etc/passwd; set -gx TMOUT 1; set -gx CDPATH /srv; set -gx IFS :; umask 077; set fish_trace 0',
    ],
  },
  tcsh: {
    file: '.cshrc',
    lines: [
      'echo noise; echo -n nonl',
      'alias sh false; alias postcmd echo p; alias precmd echo p; alias cwdcmd echo p; alias jobcmd echo p',
      'set noclobber noglob nonomatch echo verbose printexitvalue histchars=!^',
      'onintr -; setenv ENV /etc/passwd; setenv TMOUT 1; umask 077; limit descriptors 30',
    ],
  },
};

describe.each(Object.entries(SCRIPTS))('a login script of %s', (shell, { file, lines }) => {
  const user = `u${shell}`;
  const prepare = (text: string) =>
    node.run(`mkdir -p /home/${user}/.config/fish; cat >/home/${user}/${file} <<'X'\n${text}\nX`);
  afterAll(() => node.run(`rm -f /home/${user}/${file}`));

  test("that prints, sets, aliases, traps and defines is in nobody's way", async () => {
    await prepare(lines.join('\n'));
    const command = 'echo "<own>"; exit 3';
    for (const way of [[], ['-i', join(farm.home, 'input')]]) {
      const ran = await expectExit(run(farm, [...raw, ...way, '-C', command], { user }), 1);
      expect(ran.stdout).toBe('<own>\n');
      expect(ran.stderr).toContain('code 3');
    }
    await node.run(`rm -rf /home/${user}/synced`);
    await expectExit(run(farm, ['-r', 'synced', '-e', '-S', 'tree'], { user }), 0);
    expect((await node.run(`cat /home/${user}/synced/tree/file`)).stdout).toBe('sent\n');
    await untilAtRest(farm.nodes);
  });

  test.each(IN_THE_WAY[shell] ?? [])('that is in the way is named: %s', async (text, said) => {
    await prepare(text);
    for (const way of [[], ['-i', join(farm.home, 'input')]]) {
      const ran = await expectExit(run(farm, [...way, '-C', 'echo ran'], { user }), 69);
      expect(ran.stderr).toMatch(said);
      expect(ran.stdout).toBe('');
    }
    await untilAtRest(farm.nodes);
  });
});

test.each([
  ['nologin', /This account is currently not available/],
  ['false', /./],
])('an account that may not log in (%s) is refused, and runs nothing', async (name, said) => {
  const ran = run(farm, ['-C', 'echo ran'], { user: `u${name}` });
  expect((await ran.exited).code).not.toBe(0);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toMatch(said);
});

describe('what a node shows of lockstep', () => {
  test('S7: the program that login shells parse has nothing at which they differ', () => {
    expect(BOOT_PROGRAM).not.toMatch(/[\n\\'!]/);
  });

  test('a command that looks for a word of ours in the arguments of processes finds nothing of ours', async () => {
    const words = [...new Set(KEEPER_TEXT.match(/[a-z]{4,}/g))].filter(
      (word) => !'lockstep-keeper'.includes(word),
    );
    expect(words.length).toBeGreaterThan(150);
    expect(words).toEqual(expect.arrayContaining(['sleep', 'worker', 'timer', 'commit', 'session']));
    await node.run(`cat >/root/words <<'X'\n${words.join('\n')}\nX
      cat >/root/find <<'X'\nwhile read -r word; do ! pgrep -f "$word" >/dev/null || echo "$word"; done <words\nX`);
    await untilAtRest(farm.nodes);
    const atRest = (await node.run('sh ./find')).stdout.split('\n');
    const ran = await expectExit(run(farm, [...raw, '-C', 'sh ./find']), 0);
    const met = ran.stdout.split('\n').filter((word) => !atRest.includes(word));
    // The word by which a text begins, and the one by which orgalorg's users end a lock on a node.
    expect(met.sort()).toEqual(['eval', 'flock']);
  });

  test('no process of ours has more than 600 bytes of arguments', async () => {
    await untilAtRest(farm.nodes);
    for (const words of [
      ['-C', 'echo started; exec sleep 3'],
      ['-i', '/dev/null', '-C', 'echo started; exec sleep 3'],
      ['-S', '--no-upload', '-n', 'echo started; exec sleep 3'],
      ['-S', '-e', '-g', '--to=/srv/app', '-g', '--check=echo started; exec sleep 3', 'tree'],
    ]) {
      const ran = run(farm, words);
      await ran.waitForOutput(/started/);
      const lines = strays(node).filter((line) => !/^(sshd|sleep 3|bash|sh -c exec sleep)/.test(line));
      expect(lines.length).toBeGreaterThan(2);
      for (const line of lines) expect.soft(line.length, line).toBeLessThanOrEqual(600);
      await ran.exited;
    }
    expect(commandLine(process.pid)).not.toBe('');
  });
});
