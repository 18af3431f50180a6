import { describe, expect, test } from 'vitest';
import { hintFor } from '../../../src/node/unusable.ts';

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
