import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('a command on real nodes', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(3);
    // Host keys that are new are told once.
    await expectExit(run(farm, ['-C', 'true']), 0);
  });
  afterAll(() => farm?.stop());

  /** What every node printed on standard output; all of them must have printed the same. */
  async function printed(args: readonly string[], options: Parameters<typeof run>[2] = {}): Promise<string> {
    const ran = await expectExit(run(farm, args, options), 0);
    const texts = farm.nodes.map(({ host }) => linesOf(ran.stdout, host).join('\n'));
    expect(new Set(texts).size).toBe(1);
    expect(ran.stderr).toBe('');
    return texts[0] ?? '';
  }

  test('every line has its node before it, and stderr stays stderr', async () => {
    const ran = await expectExit(run(farm, ['-C', 'hostname; echo trouble >&2']), 0);
    expect(ran.stdout.split('\n').sort()).toEqual([
      '',
      ...farm.nodes.map(({ host, name }) => `${host} ${name}`),
    ]);
    expect(ran.stderr.split('\n').sort()).toEqual(['', ...farm.nodes.map(({ host }) => `${host} trouble`)]);
  });

  test('F15: a command that fails on one node ends no other, and the node is named with its code', async () => {
    const ran = await expectExit(
      run(farm, ['-C', '[ "$(hostname)" != node-2 ] || exit 7; sleep 0.5; echo done']),
      1,
    );
    expect(ran.stdout.split('\n').sort()).toEqual(['', `${host(0)} done`, `${host(2)} done`]);
    expect(ran.stderr).toContain(`code 7 (1 nodes): [root@${host(1)}:22]`);
    expect(ran.stderr).not.toContain(`[root@${host(0)}:22]`);
    const killed = await expectExit(run(farm, ['-C', 'kill -9 $$']), 1);
    expect(killed.stderr).toContain('commands are failed on all 3 nodes');
    expect(killed.stderr).toContain('code 137 (3 nodes)');
  });

  // The inputs of orgalorg's own tests of quoting, and what it got wrong.
  test.each([
    ['words are joined as ssh joins them', ['echo', '"two  spaces"'], 'two  spaces'],
    ['a quoted quote is one', ['echo', `"'1'"`], "'1'"],
    ['an escaped quote is one', ['echo', "\\'"], "'"],
    ['operators work on the node', ['cd', '/tmp', '&&', 'echo', '$((1+2))', '|', 'cat'], '3'],
    ['variables are those of the node', ['echo', '$HOME', '"$USER"'], '/root root'],
    ['a comment at the end is one', ['echo a # no more'], 'a'],
    [
      'several lines are a script',
      ["for x in 1 2\ndo\n  echo \"$x\" 'it''s' \\\\\ndone"],
      '1 its \\\n2 its \\',
    ],
    ['a here-document arrives', ['cat <<X\na "b" \'c\' \\n\nX'], 'a "b" \'c\' \\n'],
    ['a subshell is one', ['(cd /tmp; pwd); pwd'], '/tmp\n/root'],
    ['a word that looks like an option is one', ['echo', '-n', '--', '-C'], '-- -C'],
  ])('S7: %s', async (_title, words, expected) => {
    expect(await printed(['-C', ...words])).toBe(expected);
    if (!words.join().includes('pwd')) expect(await printed(['-r', '/tmp', '-C', ...words])).toBe(expected);
  });

  test('what a command leaves in the background is heard to its end', async () => {
    expect(await printed(['-C', '(sleep 1; echo late) & echo early'])).toBe('early\nlate');
    expect(await printed(['-C', 'echo only &'])).toBe('only');
  });

  test('a command may outlast many heartbeats, with the shortest lease that is allowed', async () => {
    expect(await printed(['--heartbeat', '1s', '--lease', '4s', '-C', 'sleep 5; echo slept'])).toBe('slept');
  });

  test('-r is the working directory, whatever its name; ~ and $HOME are the login directory', async () => {
    const make = `mkdir -p "/tmp/it's a \\$dir" ~/below`;
    await Promise.all(farm.nodes.map((node) => node.run(make)));
    expect(await printed(['-r', "/tmp/it's a $dir", '-C', 'pwd'])).toBe("/tmp/it's a $dir");
    for (const root of ['~/below', '$HOME/below', '${HOME}/below', 'below']) {
      expect(await printed(['-r', root, '-C', 'pwd; echo "$LOCKSTEP_ROOT"'])).toBe(
        '/root/below\n/root/below',
      );
    }
    expect(await printed(['-r', '~', '-C', 'pwd'])).toBe('/root');
    const ran = await expectExit(run(farm, ['-r', '/tmp/missing', '-C', 'echo ran']), 69);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('no such file or directory: /tmp/missing');
  });

  test('a command is told its run, its node and where it starts', async () => {
    const ran = await expectExit(run(farm, ['-C', 'echo "$LOCKSTEP_RUN $LOCKSTEP_NODE $LOCKSTEP_ROOT"']), 0);
    const told = farm.nodes.map((node) => linesOf(ran.stdout, node.host)[0]?.split(' ') ?? []);
    expect(told.map(([, node]) => node)).toEqual(farm.nodes.map((node) => `[root@${node.host}:22]`));
    expect(told.map(([, , root]) => root)).toEqual(['/root', '/root', '/root']);
    expect(new Set(told.map(([id]) => id)).size).toBe(1);
    expect(told[0]?.[0]).toMatch(/^\d{8}T\d{6}-[0-9a-f]{8}$/);
  });

  test('-u names the user of targets without one, and -x makes it root', async () => {
    const plainTargets = farm.nodes.flatMap((node) => ['-o', node.host]);
    const who = 'echo $(id -un) $HOME $PWD';
    const noTargets = { nodes: [] };
    expect(await printed([...plainTargets, '-u', 'worker', '-C', who], noTargets)).toBe(
      'worker /home/worker /home/worker',
    );
    expect(await printed([...plainTargets, '-u', 'worker', '-x', '-C', who], noTargets)).toBe(
      'root /root /home/worker',
    );
    const refused = await expectExit(run(farm, ['-x', '-C', 'id'], { user: 'plain' }), 69);
    expect(refused.stderr).toContain('sudo: a password is required');
    expect(refused.stderr).toContain('-K asks for the password of sudo');
  });

  test.each([
    ["sh -c '{}'", "sh it's $0"],
    ['sh -c "{}"', "sh it's $0"],
    ["env -i bash -c 'set -eu; {}; echo after'", "bash it's $0\nafter"],
    ['', "/bin/bash it's $0"],
    ['{}', "/bin/bash it's $0"],
    ["nice bash -c '{}'", "bash it's $0"],
  ])('--shell %j runs the command whole', async (shell, expected) => {
    expect(await printed(['--shell', shell, '-C', 'echo "$0" "it\'s" \'$0\' | cat'])).toBe(expected);
  });

  test('-i gives a file or standard input to every command; without it a command sees the end of its input', async () => {
    const file = join(farm.home, 'input');
    const text = `${'0123456789'.repeat(300_000)}\nno newline at the end`;
    writeFileSync(file, text);
    expect(await printed(['-C', 'cat; echo ended'])).toBe('ended');
    expect(await printed(['-i', file, '-C', 'wc -c'])).toBe(`${text.length}`);
    expect(await printed(['-i', 'input', '-C', 'tail -n 1; true'])).toBe('no newline at the end');
    expect(await printed(['-i', '/dev/stdin', '-C', 'wc -c'], { input: text })).toBe(`${text.length}`);
    expect(await printed(['-i', '/dev/stdin', '-C', 'cat'], { input: '' })).toBe('');
    expect(await printed(['-i', '/dev/stdin', '-C', 'head -c 3'], { input: text })).toBe('012');
    expect(await printed(['-i', '/dev/stdin', '-C', 'echo unread'])).toBe('unread');
  });

  const host = (index: number): string => farm.nodes[index]?.host ?? '';
});

function linesOf(text: string, host: string): string[] {
  const prefix = `${host} `;
  return text.split('\n').flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
}
