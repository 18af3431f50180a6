import { describe, expect, test } from 'vitest';
import { bootCommand } from '../../../src/node/boot.ts';
import { describeUnstarted, hintFor, type Unstarted } from '../../../src/node/unusable.ts';

const CODE = (code: number): Unstarted['end'] => ({ kind: 'code', code });
const SILENT: Unstarted['end'] = { kind: 'silent', afterMs: 30_000 };
const NOT_WHOLE =
  'lockstep-boot: what was sent has not arrived whole: a login script reads stdin, or closes it\n';

describe('L13: a node whose shell did not begin is told by what happened', () => {
  test.each<[string, Unstarted['end'], string, string]>([
    [
      'an account without a shell',
      CODE(1),
      'This account is currently not available.\n',
      'ended with code 1 and ran nothing; it said: This account is currently not available.',
    ],
    [
      'a shell that ends at once',
      CODE(1),
      '',
      'its login shell ended with code 1 and ran nothing; it said nothing',
    ],
    [
      'a script that ends the shell',
      CODE(0),
      'Welcome!\n',
      'its login shell ended with code 0 and ran nothing; it said: Welcome!',
    ],
    [
      'a script that asks',
      SILENT,
      'Welcome!\nUpgrade now? [y/n] ',
      'its login shell asks: Upgrade now? [y/n]',
    ],
    [
      'a script that hangs',
      SILENT,
      '',
      'no word of sh came through its login shell within 30 s; it said nothing',
    ],
    [
      'a script that hangs behind a banner',
      SILENT,
      'one\ntwo\n\nthree\nfour\n',
      'no word of sh came through its login shell within 30 s; it said: two / three / four',
    ],
    [
      'a script that reads what is ours',
      CODE(97),
      `Name?\n${NOT_WHOLE}`,
      'cannot be worked on: what was sent has not arrived whole: a login script reads stdin',
    ],
    [
      'a script that goes on as another shell',
      CODE(97),
      'Welcome!\nlockstep-boot: its login starts another shell\n',
      'cannot be worked on: its login starts another shell, which takes what is sent for commands',
    ],
    [
      'a node without sh',
      CODE(127),
      'bash: line 1: exec: sh: not found\n',
      'its login shell cannot start sh: bash: line 1',
    ],
    [
      'a node without sh, by a shell that shows our line',
      CODE(127),
      `fish: Unknown command: sh\nfish: \n${bootCommand(undefined)}\n     ^^\n`,
      'its login shell cannot start sh: fish: Unknown command: sh / fish: / ^^',
    ],
    [
      'a recorder with a terminal',
      SILENT,
      ': lockstep; if [ "',
      'gives its login shell a terminal, as script(1)',
    ],
    [
      'a node on which nothing can be forked',
      CODE(2),
      'Welcome!\nlockstep-boot: 1: eval: Cannot fork\n',
      'cannot be worked on: sh could not begin: 1: eval: Cannot fork',
    ],
    [
      'a node whose sh is ksh93',
      CODE(97),
      `Welcome!\nlockstep-boot: eval[1]: eval: syntax error at line 39: \`)' unexpected\n${NOT_WHOLE}`,
      "cannot be worked on: its sh does not understand what lockstep sends: eval[1]: eval: syntax error at line 39: `)' unexpected",
    ],
    ['a recorder, seen from its middle', SILENT, 'stat_of "$1" || return 1', 'as script(1)'],
    [
      'a killed shell',
      { kind: 'signal', signal: 'KILL' },
      '',
      'its login shell was killed by signal KILL; it said nothing',
    ],
  ])('%s', (_what, end, said, text) => {
    const { code, text: told } = describeUnstarted({ end, said }, undefined);
    expect(code).toBe('unusable');
    expect(told).toContain(text);
    expect(told).not.toContain('\n');
  });

  test.each([
    ['sudo: a password is required\n', 1],
    ['bash: line 1: exec: sudo: not found\n', 127],
    ['Sorry, user ann may not run sudo on web1.\n', 1],
  ])('with -x what sudo says is told as its own: %s', (said, code) => {
    const told = describeUnstarted({ end: CODE(code), said }, { user: 'root' });
    expect(told.text).toBe(`cannot be worked on: sudo refuses: ${said.trim()}`);
    expect(told.hint).toBeDefined();
  });

  test('L13: a connection that is lost meanwhile is one, and nothing about its shell is claimed', () => {
    expect(
      describeUnstarted({ end: { kind: 'lost', reason: 'the node closed it' }, said: 'bye' }, undefined),
    ).toEqual({
      code: 'unusable',
      text: 'cannot be worked on: it accepted the login, and then its connection was lost: the node closed it; it said: bye',
      hint: undefined,
    });
  });

  test('what is said is bounded, and without control characters', () => {
    const { text } = describeUnstarted(
      { end: CODE(1), said: `\x1b[31m${'x'.repeat(5_000)}\x07\n`.repeat(9) },
      undefined,
    );
    expect(text.length).toBeLessThan(800);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\x00-\x1f]/);
  });
});

describe('the hint for a node that cannot be worked on', () => {
  test.each([
    ['sudo: a password is required', '-K asks for the password'],
    [
      'sudo: a terminal is required to read the password; either use the -S option',
      '-K asks for the password',
    ],
    ['sudo: no tty present and no askpass program specified', '-K asks for the password'],
    ['sudo: sorry, you are not allowed to preserve the environment', 'SETENV'],
    ['sudo: sorry, you are not allowed to set the following environment variables: X', 'SETENV'],
    ['sudo: sorry, you must have a tty to run sudo', 'requiretty'],
    ['ann is not in the sudoers file.', 'all commands'],
    ["Sorry, user ann is not allowed to execute '/bin/sh' as root on web1.", 'all commands'],
    ['Sorry, user ann may not run sudo on web1.', 'all commands'],
    ['bash: line 1: exec: sudo: not found', 'needs sudo on the node'],
    ["lockstep-boot: eval[1]: eval: syntax error at line 39: `)' unexpected", 'not ksh or mksh'],
    ['a process cannot name itself on this node, whose sh is @(#)MIRBSD KSH R59', 'not ksh or mksh'],
    ['flock is not installed on this node', 'flock is part of util-linux'],
    ['This account is currently not available.', 'choose another with -u'],
    ['System is booting up. Unprivileged users are not permitted to log in yet.', 'until the machine is up'],
    ['This service allows sftp connections only.', 'sftp only'],
    ['cannot make /srv/own: Permission denied', '-x does it as root'],
    ['cannot open /srv/closed: permission denied', '-x does it as root'],
    ['cannot make /srv/ro/x: Read-only file system', 'can be written'],
    ['cannot make /etc/passwd/x: Not a directory', 'is a file'],
    ['no such file or directory: /srv/x', 'make it first'],
    ['cannot make the lock file /srv/x/lk: Directory nonexistent', 'make it first'],
    ['cannot make the lock file /srv/x/lk: No space left on device', 'inodes'],
  ])('L13: fits what was said: %s', (said, hint) => {
    expect(hintFor(said, false)).toContain(hint);
  });

  test('names -x only to those who have not given it', () => {
    expect(hintFor('cannot open /srv/closed: permission denied', true)).not.toContain('-x');
  });
});

test('a program that a login shell does not find is no path of the run, and gets no hint about one', () => {
  const said = "env: 'exec': No such file or directory\n";
  expect(describeUnstarted({ end: CODE(127), said }, undefined).hint).toBeUndefined();
  const sudo = describeUnstarted({ end: CODE(127), said: 'bash: exec: sudo: not found\n' }, undefined);
  expect(sudo.hint).toContain('-x needs sudo');
});
