/**
 * Why a node cannot be worked on, and what to do about it: from how its shell ended before our first word, and from what it,
 * sudo and our own text said. Pure. Words of a node choose a phrase and a hint, and nothing else; they are shown as they are.
 */

import type { ErrorCode } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { ChannelResult } from '../core/outcome.ts';
import { singleLine } from '../text/single-line.ts';
import type { Become } from './become.ts';
import { BOOT_NAME, BOOT_PROGRAM, NOT_WHOLE, OTHER_SHELL } from './boot.ts';

/** The program that should have run sh ended, and none of our words came from it. */
export interface Unstarted {
  /** `silent`: to the end of our patience. */
  readonly end: ChannelResult | { readonly kind: 'silent'; readonly afterMs: number };
  /** What login scripts, sudo and sshd printed meanwhile. */
  readonly said: string;
}

export interface Unusable {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint: string | undefined;
}

/** Of a node on which sh did not begin. */
export function describeUnstarted({ end, said: all }: Unstarted, become: Become | undefined): Unusable {
  const sudo = become !== undefined;
  // fish shows the line at which it fails, and in that there are words of ours.
  const said = all.replaceAll(/.*\n?/g, (line) => (line.includes(BOOT_PROGRAM) ? '' : line));
  const words = lastWords(said);
  if (end.kind === 'lost') {
    const lost = withWords(`and then its connection was lost: ${end.reason}`, words);
    return { code: 'unusable', text: `${AFTER_LOGIN}, ${lost}`, hint: hintFor(words, sudo) };
  }
  const text = `cannot be worked on: ${describeEnd(end, { said, words, sudo })}`;
  const isAsking = end.kind === 'silent' || said.includes(OTHER_SHELL);
  // The file that a shell or wrapper does not find, or may not start, is no path of the run's.
  const isPath = end.kind === 'code' && end.code === 127 && ABOUT_PATHS.test(words) && !/sudo/.test(words);
  const hint = isPath ? undefined : hintFor(words, sudo);
  return { code: 'unusable', text, hint: hint ?? (isAsking ? ASKS : undefined) };
}

/** Of a node that ends the connection at the first command: forced commands, PAM, a dying sshd. `why`: what the connection said. */
export function describeUnopened(why: string): string {
  return `${AFTER_LOGIN}, but ${why}`;
}

const AFTER_LOGIN = 'cannot be worked on: it accepted the login';

function describeEnd(
  end: Exclude<Unstarted['end'], { kind: 'lost' }>,
  { said, words, sudo }: { readonly said: string; readonly words: string; readonly sudo: boolean },
): string {
  if (ECHO.test(said))
    return 'something gives its login shell a terminal, as script(1) in a login script does';
  // ksh93 reads a text to its end before it does anything, and goes on behind one that it cannot read.
  const [, misread] = MISREAD.exec(said) ?? [];
  if (misread !== undefined) return `${OTHER_SH}: ${lastWords(misread)}`;
  const booting = said.split(`${BOOT_NAME}: `).pop()?.trim() ?? '';
  if (booting.startsWith(NOT_WHOLE)) return lastWords(booting);
  if (booting.startsWith(OTHER_SHELL)) return `${OTHER_SHELL}, which takes what is sent for commands`;
  if (said.includes(`${BOOT_NAME}: `)) return `sh could not begin: ${lastWords(booting)}`;
  if (end.kind === 'silent') return describeSilence(said, words, end.afterMs);
  if (sudo && /sudo|^Sorry, /m.test(words)) return `sudo refuses: ${words}`;
  if (end.kind === 'signal') return withWords(`its login shell was killed by signal ${end.signal}`, words);
  if (end.code === 127 && words !== '') return `its login shell cannot start sh: ${words}`;
  return withWords(`its login shell ended with code ${end.code} and ran nothing`, words);
}

function describeSilence(said: string, words: string, afterMs: number): string {
  const within = `within ${afterMs / 1000} s`;
  // What is asked stands at the end of a line that has none.
  const question = /[^\n]+$/.exec(said)?.[0] ?? '';
  if (question.trim() !== '') return `its login shell asks: ${lastWords(question)}`;
  return withWords(`no word of sh came through its login shell ${within}`, words);
}

function withWords(what: string, words: string): string {
  return words === '' ? `${what}; it said nothing` : `${what}; it said: ${words}`;
}

/** The last lines: a banner stands before what matters. */
function lastWords(said: string): string {
  const lines = said.split('\n').map((line) => singleLine(line, LIMITS.holderTextCharsMax));
  return lines
    .filter((line) => line !== '')
    .slice(-SAID_LINES_MAX)
    .join(' / ');
}

const SAID_LINES_MAX = 3;

/** What we send comes back where a terminal stands between. */
const ECHO = /LOCKSTEP_TEXT|: lockstep;|\bstat_of\b|\bname_self\b|\bits_run\b|\$tab\b/;

const MISREAD = new RegExp(`^${BOOT_NAME}: (.*eval: syntax error.*)$`, 'm');
const OTHER_SH = 'its sh does not understand what lockstep sends';

const ASKS =
  'see it with ssh NODE true; a login script must neither ask nor start another shell where no terminal is: [ -t 0 ] || return';

/** What fits to what was said; undefined: nothing more than the table of errors knows. `isRoot`: by login or by sudo. */
export function hintFor(said: string, isRoot: boolean): string | undefined {
  const known = HINTS.find(([pattern]) => pattern.test(said));
  const hint = known?.[1];
  return typeof hint === 'function' ? hint(isRoot) : hint;
}

/** For those who are not root, where something was denied to them. */
export function deniedHint(said: string, isRoot: boolean): string | undefined {
  return DENIED.test(said) && !isRoot ? AS_ROOT : undefined;
}

const ABOUT_PATHS = /no such file or directory|[Nn]ot a directory|nonexistent/i;

const DENIED = /[Pp]ermission denied|not writable/;
const AS_ROOT = '-x does it as root, by sudo';

const ALL_COMMANDS =
  "-x runs lockstep's own sh under sudo, not only the command: sudoers must allow this account all commands (NOPASSWD: ALL)";

/** The first that matches counts. */
const HINTS: readonly (readonly [RegExp, string | ((isRoot: boolean) => string)])[] = [
  [
    /lockstep-boot: .*eval: syntax error|, whose sh is /,
    'sh there must be dash, bash or that of busybox, and not ksh or mksh: see /bin/sh; -w goes on without such nodes',
  ],
  [
    /sudo:.* (a password is required|a terminal is required|no tty present and no askpass)/s,
    `-K asks for the password of sudo, once; without it -x needs a sudo that asks for none. ${ALL_COMMANDS}`,
  ],
  [
    /Sorry, try again|incorrect password attempt|another node has refused it/,
    'the password of -K is that of the account on the nodes; a group with another one is named with --sudo-password-for',
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
    /flock (is not installed|cannot be run) on this node/,
    'lockstep needs sshd, a POSIX sh and flock on each node; flock is part of util-linux and of busybox',
  ],
  [/is not installed on this node/, 'install it there, or go on without such nodes: -w'],
  [/account is currently not available|nologin/, 'this account may not log in there: choose another with -u'],
  [
    /booting up|going down|shutting down|not permitted to log in/i,
    'wait until the machine is up, or go on without it: -w',
  ],
  [/allows sftp connections only|sftp/i, 'this account is for sftp only; lockstep needs one with a shell'],
  [DENIED, (isRoot) => (isRoot ? 'root may not do it either; see who owns it there' : AS_ROOT)],
  [/[Rr]ead-only file system/, 'choose a --lock-file on a file system that can be written'],
  [/No space left on device|[Qq]uota exceeded/, 'see what is left of blocks and inodes there: df, df -i'],
  [/[Nn]ot a directory|[Ff]ile exists/, 'a part of that path is a file; check -r and --lock-file'],
  [
    /no such file or directory|nonexistent/i,
    'make it first, or check -r; -U and -S make a directory that is missing, and --lock-file a file',
  ],
];
