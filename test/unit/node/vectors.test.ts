/** orgalorg's own wire strings, as they were seen: what each does on a node, ours must do as well, or better. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildRemoteCommand } from '../../../src/node/worker/remote-command.ts';
import { commandText } from '../../../src/run/request/work.ts';
import { allOrOne } from '../../one-of.ts';
import { scratchForFile } from '../../scratch.ts';
import { asked } from '../cli/asked.ts';
import { SHELLS } from './shells.ts';

const home = scratchForFile();
mkdirSync(join(home, 'x'));
mkdirSync(join(home, "it's"));

describe.each(allOrOne(SHELLS, 0))('with %s as the login shell of a node', (_name, [shell, ...flags]) => {
  /** What a node prints that is given this line. */
  const onNode = (line: string) => {
    const env = { ...process.env, HOME: home, SHELL: '/bin/sh' };
    return execFileSync(shell, [...flags, '-c', line], { env, cwd: home, stdio: 'pipe' }).toString();
  };
  const ours = async (argv: readonly string[]) => onNode(await lineFor(argv));

  test.each<[argv: string[], wire: string]>([
    [['-C', 'hostname'], '"bash" "-c" "hostname"'],
    [['-C', 'echo', '$HOME', '&&', 'echo', '2'], String.raw`"bash" "-c" "echo \$HOME && echo 2"`],
    [['-C', 'echo', "'1'"], `"bash" "-c" "echo '1'"`],
    [['-C', 'echo', "\\'"], `"bash" "-c" "echo \\\\'"`],
    [['-C', 'echo', '"two  spaces"'], String.raw`"bash" "-c" "echo \"two  spaces\""`],
    [
      ['-C', 'echo', '$((7 % 10))', '&&', 'echo', 'done'],
      String.raw`"bash" "-c" "echo \$((7 % 10)) && echo done"`,
    ],
    [['-r', '/tmp', '-C', 'pwd'], String.raw`"bash" "-c" "cd \"/tmp\" && { pwd; }"`],
    [['-r', '$HOME/x', '-C', 'pwd'], String.raw`"bash" "-c" "cd \"\$HOME/x\" && { pwd; }"`],
    [
      ['-n', 'echo 1:$1 2:$2', '--arg', 'first', '--arg', 'second', '-r', '/tmp', '-S'],
      String.raw`"bash" "-c" "cd \"/tmp\" && { echo 1:\$1 2:\$2; }" "_" "first" "second"`,
    ],
    [
      ['-n', 'printf "<%s>" "${@}"', '-g', '-a', '-g', '-b', '-r', 'x', '-S'],
      String.raw`"bash" "-c" "cd \"x\" && { printf \"<%s>\" \${@}; }" "_" "-a" "-b"`,
    ],
  ])('Appendix A: %j does what %s does', async (argv, wire) => {
    const printed = await ours(argv);
    expect(printed).not.toBe('');
    expect(printed).toBe(onNode(wire));
  });

  test.each<[argv: string[], wire: string, theirs: string, better: string]>([
    [['--shell', '', '-C', 'echo', '1', '|', 'wc', '-c'], '"echo" "1"', '1\n', '2\n'],
    [['--shell', '', '-r', '/tmp', '-C', 'pwd'], '"cd" "/tmp"', '', '/tmp\n'],
    [['--shell', 'bash -c "{}"', '-C', 'echo', '"a  b"'], '"bash" "-c" "echo a" "b"', 'a\n', 'a  b\n'],
    [['-n', 'echo a && echo b', '-S'], '"bash" "-c" "echo a"', 'a\n', 'a\nb\n'],
    [['-n', 'echo "a   b"', '-S'], '"bash" "-c" "echo a   b"', 'a b\n', 'a   b\n'],
    [
      ['-n', 'printf "<%s>" "${@}"', '-g', 'a  b', '-S'],
      String.raw`"bash" "-c" "printf \"<%s>\" \${@}" "_" "a  b"`,
      '<a><b>',
      '<a  b>',
    ],
  ])('Appendix A, section 9.10: %j is not cut or split as in %s', async (argv, wire, theirs, better) => {
    expect(onNode(wire)).toBe(theirs);
    expect(await ours(argv)).toBe(better);
  });

  test.each<[argv: string[], printed: string]>([
    [['-r', `${home}/it's`, '-C', 'pwd'], `${home}/it's\n`],
    [['-n', '(cd /; pwd)', '-S'], '/\n'],
    [['-r', '/tmp', '-C', 'echo', 'a', '#', 'b'], 'a\n'],
  ])('Appendix A, section 6.1: %j works, which orgalorg refuses or breaks', async (argv, printed) => {
    expect(await ours(argv)).toBe(printed);
  });
});

async function lineFor(argv: readonly string[]): Promise<string> {
  const { work } = await asked(['-o', 'node', ...argv]);
  if (work.mode !== 'command' && work.mode !== 'sync') throw new Error(`no command: ${work.mode}`);
  return buildRemoteCommand({
    text: commandText(work),
    directory: work.directory,
    shell: work.shell,
    parameters: work.mode === 'sync' ? work.arguments : [],
    environment: {},
  });
}
