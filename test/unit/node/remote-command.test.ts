import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildRemoteCommand, type RemoteCommand } from '../../../src/node/worker/remote-command.ts';
import { allOrOne } from '../../one-of.ts';
import { scratchForFile } from '../../scratch.ts';
import { SHELLS } from './shells.ts';

const home = scratchForFile();
mkdirSync(join(home, "it's a $dir"));

describe.each(allOrOne(SHELLS, 1))('a command given to %s', (_name, [shell, ...flags]) => {
  const run = (command: Partial<RemoteCommand>) => {
    const text = buildRemoteCommand({ text: 'true', shell: "bash -c '{}'", environment: {}, ...command });
    const environment = { ...process.env, HOME: home, SHELL: '/bin/sh' };
    return execFileSync(shell, [...flags, '-c', text], { env: environment, cwd: home }).toString();
  };

  test.each([
    [
      'shell syntax works on the node',
      'echo \'1\' && echo "two  spaces" | cat; echo $((1 + 2))',
      '1\ntwo  spaces\n3\n',
    ],
    ['quotes and backslashes arrive', `printf '%s\\n' "it's" 'a "b"' '\\'`, 'it\'s\na "b"\n\\\n'],
    ['a trailing comment is one', 'echo a # no more', 'a\n'],
    ['a trailing & is one', 'echo a; true &', 'a\n'],
    ['several lines are a script', 'for x in 1 2\ndo echo $x\ndone', '1\n2\n'],
    ['a subshell is one', '(cd /; pwd)', '/\n'],
  ])('nothing is ever cut: %s', (_title, text, printed) => {
    expect(run({ text })).toBe(printed);
    expect(run({ text, directory: home })).toBe(printed);
  });

  test('-r is the working directory, whatever its name, a relative one from the login directory on', () => {
    const text = 'pwd; echo "$LOCKSTEP_ROOT"';
    for (const directory of [`${home}/it's a $dir`, "it's a $dir"]) {
      expect(run({ text, directory })).toBe(`${home}/it's a $dir\n`.repeat(2));
    }
    expect(run({ text, directory: '.' })).toBe(`${home}\n${home}\n`);
    expect(run({ text })).toBe(`${home}\n${home}\n`);
  });

  test('-r works in a shell that takes `command` for a program, as zsh does', () => {
    const zsh = `sh -c 'command() { echo none; return 127; }; {}'`;
    expect(run({ text: 'pwd', directory: '/', shell: zsh })).toBe('/\n');
  });

  test('-r is not turned by a function of the environment', () => {
    const name = 'BASH_FUNC_cd%%';
    process.env[name] = '() { return 1; }';
    try {
      expect(run({ text: 'pwd', directory: '/', shell: undefined })).toBe('/\n');
    } finally {
      delete process.env[name];
    }
  });

  test('-g gives the parameters of -n, and they stay whole', () => {
    const parameters = ['first', "it's  two", '$HOME'];
    expect(run({ text: 'printf "%s|" "$1" "${@}"', parameters })).toBe("first|first|it's  two|$HOME|");
  });

  test.each([
    ["bash -c '{}'", 'two words\n'],
    ['bash -c "{}"', 'two words\n'],
    ['{}', 'two words\n'],
    ['', 'two words\n'],
    ["sh -c 'set -e; {}'", 'two words\n'],
    ["sh -c 'echo before; {}; echo after'", 'before\ntwo words\nafter\n'],
  ])('--shell %j runs the command whole', (template, printed) => {
    expect(run({ text: "echo 'two words'", shell: template })).toBe(printed);
  });

  test('the command is told its run and node, whatever is in their names', () => {
    const environment = { LOCKSTEP_RUN: 'r1', LOCKSTEP_NODE: "[it's@a:22]" };
    expect(run({ text: 'echo $LOCKSTEP_RUN "$LOCKSTEP_NODE"', environment })).toBe("r1 [it's@a:22]\n");
  });
});
