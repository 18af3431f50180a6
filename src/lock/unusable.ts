/**
 * Why a node cannot be worked on, and what to do about it: from what its shell, sudo and our own text said. Pure.
 * Their words only choose a hint, and are shown as they are; what happened is known without them.
 */
import type { ErrorCode } from '../errors.ts';
import type { KeeperSettings, Refusal } from '../node/keeper/keeper-command.ts';

export interface Unusable {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint: string | undefined;
}

type Failed = Extract<Refusal, { kind: 'error' }>;

export function describeUnusable({ reason }: Failed, settings: Pick<KeeperSettings, 'sudo'>): Unusable {
  return { code: 'unusable', text: `can't acquire lock: ${reason}`, hint: hintFor(reason, settings) };
}

/** What fits to what was said; undefined: nothing more than the table of errors knows. */
export function hintFor(said: string, { sudo }: Pick<KeeperSettings, 'sudo'>): string | undefined {
  const known = HINTS.find(([pattern]) => pattern.test(said));
  const hint = known?.[1];
  return typeof hint === 'function' ? hint(sudo) : hint;
}

const ALL_COMMANDS =
  "-x runs lockstep's own sh under sudo, not only the command: sudoers must allow this account all commands (NOPASSWD: ALL)";

/** The first that matches counts. */
const HINTS: readonly (readonly [RegExp, string | ((sudo: boolean) => string)])[] = [
  [
    /sudo:.* (a password is required|a terminal is required|no tty present and no askpass)/s,
    `-x needs a sudo that asks for no password. ${ALL_COMMANDS}`,
  ],
  [
    /sorry, you are not allowed to (preserve|set) the /,
    '-x keeps the environment (sudo -E): sudoers must say SETENV for this account (NOPASSWD:SETENV: ALL)',
  ],
  [
    /sorry, you must have a tty/,
    "sudoers has requiretty; exempt this account: 'Defaults:ACCOUNT !requiretty'",
  ],
  [/is not in the sudoers file|may not run sudo|is not allowed to (execute|run)/, ALL_COMMANDS],
  [
    /sudo: (command )?not found|sudo: No such file|Unknown command:? .*sudo/,
    '-x needs sudo on the node; or log in as root (-u root) without -x',
  ],
  [
    /unknown user|user .* does not exist|unable to change to root/i,
    'see whether sudo works there: ssh NODE sudo -n true',
  ],
  [
    /(\w+) is not installed on this node/,
    'lockstep needs sshd, a POSIX sh and flock on each node; flock is part of util-linux and of busybox',
  ],
  [/account is currently not available|nologin/, 'this account may not log in there: choose another with -u'],
  [
    /booting up|going down|shutting down|not permitted to log in/i,
    'wait until the machine is up, or go on without it: -w',
  ],
  [/allows sftp connections only|sftp/i, 'this account is for sftp only; lockstep needs one with a shell'],
  [
    /[Pp]ermission denied|not writable|[Oo]peration not permitted/,
    (sudo) => (sudo ? 'root may not do it either; see who owns it there' : '-x does it as root, by sudo'),
  ],
  [/[Rr]ead-only file system/, 'choose a --lock-file on a file system that can be written'],
  [/[Nn]ot a directory|[Ff]ile exists/, 'a part of that path is a file; check -r and --lock-file'],
  [
    /no such file or directory/i,
    'make it first, or check -r; -U and -S make a directory that is missing, and --lock-file a file',
  ],
];
