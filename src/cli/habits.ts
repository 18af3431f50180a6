/**
 * What fingers trained on ssh, pdsh, pssh and Ansible type here, and the option that they look for.
 */
import type { OptionName } from './table.ts';

const UNKNOWN: Readonly<Record<string, string>> = {
  '-f': 'connections at once are -d N',
  '--forks': 'connections at once are -d N',
  '--fanout': 'connections at once are -d N',
  '--parallel': 'connections at once are -d N',
  '-H': 'targets are -o HOST, or -o ./FILE',
  '--hosts': 'targets are -o HOST, or -o ./FILE',
  '--inventory': 'targets are -o HOST, or -o ./FILE',
  '-b': 'sudo is -x',
  '--become': 'sudo is -x',
  '-P': 'the port is a part of the target: -o HOST:PORT',
  '--port': 'the port is a part of the target: -o HOST:PORT',
  '--timeout': 'the timeout to connect is -c MS',
};

/** Flags here that take a value elsewhere: the word after them ends the options unawares. */
const FLAG_ELSEWHERE_VALUE: Partial<Record<OptionName, string>> = {
  'no-conn-fail': '-w leaves out nodes that cannot be reached; targets are -o HOST',
  serial: '-l is serial output; the login user is -u NAME',
  'no-lock-fail': '-t goes on without a lock; the timeout to connect is -c MS',
  password: '-p asks for a password; the port is a part of the target: -o HOST:PORT',
  sudo: '-x is sudo; to exclude nodes, leave them out of the host list',
};

export function unknownOptionHint(written: string): string {
  return Object.hasOwn(UNKNOWN, written) ? (UNKNOWN[written] ?? '') : 'lockstep --help lists the options';
}

/** For a line without a mode: what the last option before the first word may have been meant to be. */
export function strayWordHint(lastOption: OptionName | undefined, quotedWord: string): string {
  const habit = lastOption === undefined ? undefined : FLAG_ELSEWHERE_VALUE[lastOption];
  return (
    habit ??
    `options end at the first word, ${quotedWord}; put -C, -U, -S or -L before it, and targets after -o`
  );
}
