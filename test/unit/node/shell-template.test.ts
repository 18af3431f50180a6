// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildRemoteCommand } from '../../../src/node/worker/remote-command.ts';
import { checkTemplate } from '../../../src/node/worker/shell-template.ts';
import { scratchForFile } from '../../scratch.ts';
import { SHELLS } from './shells.ts';

const withoutBash = scratchForFile();
symlinkSync('/bin/dash', join(withoutBash, 'sh'));

/** Each prints what the program at the end of the template is given as its last word; `before` and `after` is the template's own. */
const TEMPLATES: readonly (readonly [template: string, before: string, after: string])[] = [
  ["printf %s '{}'", '', ''],
  ['printf %s "{}"', '', ''],
  ["printf %s 'set -e; {}'", 'set -e; ', ''],
  ['printf %s "set -e; {}"', 'set -e; ', ''],
  [`printf %s "say \\"hi\\"; {}; echo '\\$?'"`, 'say "hi"; ', "; echo '$?'"],
  ['printf %s "cd $HOME/$(echo a b)/`echo c`; {}"', 'cd /home/x/a b/c; ', ''],
  ['printf %s "${HOME}"\'; {}\'', '/home/x; ', ''],
  ["printf %s 'x='\"'\"'1'\"'\"'; {} # no more'", "x='1'; ", ' # no more'],
  ["printf %s a\\ b'; {}; '", 'a b; ', '; '],
  ["printf %s `echo a`'; {}'", 'a; ', ''],
  ["cat <<E >/dev/null\nit's\nE\nprintf %s '{}'", '', ''],
];

const PIECES = [...`'"$\`\\{}!#&|;<>()*?[]~=-+ \n\tab0é`, '{}', "'\"'", '$(id)', '${HOME}', '\\\\', "$'"];

function randomText(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  const pieces = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)] as string);
  return pieces.join('');
}

function* seeded(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe.each(SHELLS)('--shell, read by %s', (_name, [shell, ...flags]) => {
  const environment = { PATH: process.env.PATH ?? '', HOME: '/home/x', SHELL: '/bin/sh' };
  const printed = (line: string) =>
    execFileSync(shell, [...flags, '-c', line], { env: environment }).toString();

  test.each(TEMPLATES)('%s gives its program exactly the command, whatever is in it (S7)', (...parts) => {
    const [template, before, after] = parts;
    const source = seeded(7);
    const random = () => source.next().value as number;
    const texts = Array.from({ length: 40 }, () => randomText(random));
    const line = texts
      .map((text) => `(${buildRemoteCommand({ text, shell: template, environment: {} })})`)
      .join("\nprintf '\\001'\n");
    const isFirst = before === '';
    const expected = texts.map((text) => {
      const shown = isFirst && /^[-+]/.test(text) ? `\n${text}` : text;
      return `${before}${shown}${after}`;
    });
    expect(printed(line).split('\u0001')).toEqual(expected);
  });

  test.each([undefined, "sh -c '{}'", 'bash -c "{}"', '{}', ''])(
    'a command that begins with - or + is no option of the shell of %j',
    (template) => {
      const script = 'PATH=$PWD:$PATH';
      for (const text of ['-n x', '+x', '--help', '-', '--', '-c "echo no"']) {
        const line = buildRemoteCommand({ text, shell: template, environment: {} });
        const said = printed(`${script}\n(${line}) 2>&1; echo "code $?"`);
        expect(said).toMatch(/not found/);
        expect(said).toContain('code 127\n');
      }
    },
  );

  test('a shell that is not on the node is named, with the option that wants it', () => {
    const line = buildRemoteCommand({ text: 'true', shell: "no-such-shell -c '{}'", environment: {} });
    expect(printed(`(${line}) 2>&1; echo "code $?"`)).toBe(
      'lockstep: --shell names no-such-shell, which is not on this node\ncode 127\n',
    );
  });

  test('without --shell it is bash, and sh on a node that has no bash', () => {
    const text = 'echo "${BASH_VERSION:+bash} $0 $LOCKSTEP_ROOT $1"';
    const line = buildRemoteCommand({ text, shell: undefined, parameters: ['p'], environment: {} });
    expect(printed(`cd /; ${line}`)).toMatch(/^bash \S+ \/ p\n$/);
    expect(printed(`cd /; PATH=${withoutBash}; ${line}`)).toMatch(/^ \S+ \/ p\n$/);
  });
});

describe('a template that does not say what the command is to be', () => {
  test.each([
    ['bash', /does not have \{\}/],
    ["bash -c '{}", /quote that is not closed/],
    ['bash -c "{}', /quote that is not closed/],
    [`bash -c "bash -c '{}'"`, /quotes within quotes/],
    [`bash -c 'echo "{}"'`, /quotes within quotes/],
    [`bash -c "echo \\"{}\\""`, /quotes within quotes/],
    [`bash -c "x=$(echo {})"`, /substitution/],
    ['bash -c "x=`echo {}`"', /substitution/],
    ['bash -c "x=${y:-{}}"', /substitution/],
    ["bash -c $'{}'", /in \$'…'/],
    ['bash -c \\{}', /behind a backslash/],
    ["bash -c '\\{}'", /behind a backslash/],
    ['bash -c "\\{}"', /behind a backslash/],
    ['bash -c true # {}', /comment/],
    ['bash -c `{}`', /in backticks/],
    ["bash -c `echo '{}'`", /in backticks/],
    ["bash -c 'x=`echo {}`'", /in backticks/],
    ['a `b` c `d \\` {}`', /in backticks/],
    ["bash -c '{}' `", /quote that is not closed/],
    ['bash <<E\n{}\nE', /in a here-document/],
    ['bash <<-"E" # why\n\tcd /\n\t{}\n\tE', /in a here-document/],
    ['cat <<A; bash << B\n$x\nA\n{}\nB', /in a here-document/],
    ["bash -c 'bash <<E\n{}\nE'", /in a here-document/],
    ["bash -c 'true # {}'", /comment/],
    ['sh -c {}', /without quotes behind "sh -c"/],
    ["sh -c x'' {}", /without quotes/],
    ['nice {}', /without quotes behind "nice"/],
    ['cd /; exec {}', /without quotes behind "exec"/],
    ['ssh inner {} | cat', /without quotes/],
    ['A=1 {}', /without quotes/],
    ['x{}', /without quotes/],
    ['{} >x {}', /without quotes/],
    ['iffy {}', /without quotes/],
  ])('is refused: %s', (template, why) => {
    expect(() => checkTemplate(template)).toThrow(why);
  });

  test.each([
    '',
    '{}',
    'cd /srv && {}',
    '{} | tee log; {}',
    '( {} ) 2>&1',
    'if true; then { ! {}; }; fi',
    'date\n{}',
    'case $- in *i*) {} ;; esac',
    "bash -c '{}'",
    'sudo -u app bash -c "set -e; {}"',
    `bash -c 'echo "a b"; {}'`,
    "ssh inner '{}'",
    'bash -c "cd $(pwd); {}"',
    "x=`echo \\` it\\'s`; bash -c '{}'",
    "cat <<E >/dev/null\nit's $x\nE\nbash -c '{}'",
    "bash -c '{}' <<E\nit's\nE",
    "bash -c '{}' <<<\"$x\"\nbash -c '{}'",
  ])('is not refused: %j', (template) => {
    expect(() => checkTemplate(template)).not.toThrow();
  });
});
