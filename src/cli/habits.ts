/**
 * What fingers trained on ssh, pdsh, pssh, clush and Ansible type here, and the option that they look for. Pure.
 */
import type { OptionName } from './table.ts';

const TARGETS = 'targets are -o HOST, or -o ./FILE';
const AT_ONCE = 'connections at once are -d N';
const PORT = 'the port is a part of the target: -o HOST:PORT';
const PASSWORDLESS = 'sudo is -x, and must not ask for a password';

/** By the option as it was written. */
const UNKNOWN: Readonly<Record<string, string>> = {
  '-f': AT_ONCE,
  '--forks': AT_ONCE,
  '--fanout': AT_ONCE,
  '--parallel': AT_ONCE,
  '--par': AT_ONCE,
  '-H': TARGETS,
  '--hosts': TARGETS,
  '--hostfile': TARGETS,
  '--inventory': TARGETS,
  '--nodes': TARGETS,
  '--limit': 'there are no groups: -o HOST names a node, -o ./FILE those of a file',
  '--group': 'there are no groups: -o ./FILE names the nodes of a file',
  '--exclude': 'to exclude nodes, leave them out of the host list',
  '-b': 'sudo is -x; equal output is folded with --fold',
  '--become': 'sudo is -x',
  '-K': PASSWORDLESS,
  '--ask-become-pass': PASSWORDLESS,
  '--ask-sudo-pass': PASSWORDLESS,
  '--ask-pass': 'a password to log in is asked for with -p',
  '--askpass': 'a password to log in is asked for with -p',
  '-P': PORT,
  '--port': PORT,
  '--identity': 'the private key is -k FILE',
  '--private-key': 'the private key is -k FILE',
  '--login': 'the login user is -u NAME',
  '--connect-timeout': 'the timeout to connect is -c MS',
  '--command-timeout': 'the time limit of a command is --timeout TIME',
  '--print': 'output is printed as it comes; --json is for programs',
  '--inline': 'output is printed as it comes; -l keeps that of a node together',
  '-T': 'there is never a pseudo-terminal, so this is not needed',
  '-N': 'to hold the lock and do nothing else, give -L',
  '-F': 'ssh_config is not read here; users, ports and keys are -u, -o HOST:PORT and -k',
};

/** Flags here that take a value elsewhere: the word after them ends the options unawares. */
const FLAG_ELSEWHERE_VALUE: Partial<Record<OptionName, string>> = {
  'no-conn-fail': '-w leaves out nodes that cannot be reached; targets are -o HOST',
  serial: '-l is serial output; the login user is -u NAME',
  'no-lock-fail': '-t goes on without a lock; the timeout to connect is -c MS',
  password: '-p asks for a password; the port is a part of the target: -o HOST:PORT',
  sudo: '-x is sudo; to exclude nodes, leave them out of the host list',
  relative: '-e is for relative names; the command stands behind -C',
};

export function unknownOptionHint(written: string): string {
  return Object.hasOwn(UNKNOWN, written) ? (UNKNOWN[written] ?? '') : 'lockstep --help lists the options';
}

/** What stands where options have ended, and no mode was given. */
export interface StrayWords {
  readonly lastOption: OptionName | undefined;
  readonly words: readonly string[];
  /** The first of them, safe to print. */
  readonly quoted: string;
}

/** For a line without a mode: what the first word, or the option before it, may have been meant to be. */
export function strayWordHint({ lastOption, words, quoted }: StrayWords): string {
  const habit = lastOption === undefined ? undefined : FLAG_ELSEWHERE_VALUE[lastOption];
  if (habit !== undefined) return habit;
  const [first = '', next] = words;
  const hasMode = words.some((word) => /^-[CUSL]$|^--(?:command|upload|sync|lock)$/.test(word));
  const example = isPlain(first) ? first : 'HOST';
  if (lastOption === 'host' && !hasMode) {
    return `-C is missing before the command: -o HOST -C ${isPlain(first) ? first : 'COMMAND'}`;
  }
  if (lastOption === 'host') {
    return `options end at the first word, ${quoted}; each target has a -o of its own: -o HOST -o ${example}`;
  }
  if (lastOption === undefined && !hasMode && next !== undefined) {
    return `targets stand after -o, and the command after -C: lockstep -o ${example} -C ${isPlain(next) ? next : 'COMMAND'}`;
  }
  return `options end at the first word, ${quoted}; put -C, -U, -S or -L before it, and targets after -o`;
}

/** Of ssh's own options for `-o`, as in `-o StrictHostKeyChecking=no`. */
export function isSshOption(target: string): boolean {
  return /^[A-Z][A-Za-z]{3,40}[= ]/.test(target);
}

/** A private key to log in with, by its name; those of web servers are called otherwise. */
export function isIdentityFile(path: string): boolean {
  return /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk)|identity)$/.test(path);
}

/** A word that can be shown in an example as it stands. */
function isPlain(word: string): boolean {
  return /^[\w@.:[\]/-]{1,60}$/.test(word) && !word.startsWith('-');
}
