/** What OpenSSH says of generated configurations (`ssh -G`), and of hosts of which nobody has said anything. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keyword } from '../../../src/ssh/config/keywords.ts';
import type { Case } from './generate.ts';

export const ENVIRONMENT = { PATH: process.env.PATH, ORACLE: '/oracle' };

export function isInstalled(): boolean {
  return spawnSync('ssh', ['-V']).status === 0;
}

/** One shell for all; as many at once as this machine has to spare. */
export function askOpenSsh(directory: string, cases: readonly Case[]): void {
  const script = cases.map((one, at) => {
    const words = [
      'ssh',
      '-G',
      '-F',
      `${directory}/${at}/config`,
      ...one.options.flatMap((option) => ['-o', option]),
    ];
    if (one.port !== undefined) words.push('-p', String(one.port));
    words.push(one.user === undefined ? one.host : `${one.user}@${one.host}`);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return `${quoted} </dev/null >${directory}/${at}/out 2>${directory}/${at}/err || echo failed >${directory}/${at}/out\n`;
  });
  spawnSync('sh', ['-s'], { input: script.join(''), env: ENVIRONMENT });
}

/** The keywords that are compared. */
export const COMPARED: readonly Keyword[] = [
  'addressfamily',
  'bindaddress',
  'certificatefile',
  'ciphers',
  'connectionattempts',
  'connecttimeout',
  'globalknownhostsfile',
  'hashknownhosts',
  'hostkeyalgorithms',
  'hostkeyalias',
  'hostname',
  'identitiesonly',
  'identityagent',
  'identityfile',
  'kbdinteractiveauthentication',
  'kexalgorithms',
  'loglevel',
  'macs',
  'numberofpasswordprompts',
  'passwordauthentication',
  'port',
  'preferredauthentications',
  'proxycommand',
  'proxyjump',
  'pubkeyauthentication',
  'sendenv',
  'serveralivecountmax',
  'serveraliveinterval',
  'setenv',
  'stricthostkeychecking',
  'user',
  'userknownhostsfile',
];

/** OpenSSH's words for what has several names. */
const YES_NO = {
  true: 'yes',
  false: 'no',
  unbound: 'yes',
  'host-bound': 'yes',
  SILENT: 'QUIET',
  DEBUG1: 'DEBUG',
} as const;
const SPOKEN: ReadonlySet<string> = new Set(['pubkeyauthentication', 'stricthostkeychecking', 'loglevel']);

export function readAnswer(place: string): string {
  const text = readFileSync(join(place, 'out'), 'utf8');
  return text === 'failed\n' ? 'refused' : sayAnswer(text);
}

function sayAnswer(text: string): string {
  const said = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^(\S+) (.*)$/s.exec(line) ?? [];
    const spoken = SPOKEN.has(name) ? (YES_NO[value as keyof typeof YES_NO] ?? value) : value;
    said.set(name, (said.get(name) ?? new Set()).add(spoken));
  }
  return COMPARED.flatMap((name) => [...(said.get(name) ?? [])].map((value) => `${name} ${value}`)).join(
    '\n',
  );
}

export interface Defaults {
  /** All that OpenSSH says of a host of which nobody has said anything. */
  readonly said: ReadonlyMap<string, readonly string[]>;
  readonly known: Readonly<
    Record<'ciphers' | 'kexalgorithms' | 'macs' | 'hostkeyalgorithms', readonly string[]>
  >;
}

let defaultsFound: Defaults | undefined;

export function defaultsOfOpenSsh(): Defaults {
  if (defaultsFound !== undefined) return defaultsFound;
  const ask = (...words: string[]) =>
    spawnSync('ssh', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: ENVIRONMENT })
      .stdout;
  const said = new Map<string, string[]>();
  for (const line of sayAnswer(ask('-F', 'none', '-G', 'nobody')).split('\n')) {
    const [, name = '', value = ''] = /^(\S+) (.*)$/s.exec(line) ?? [];
    said.set(name, [...(said.get(name) ?? []), value]);
  }
  const names = (what: string) => ask('-Q', what).trim().split('\n');
  const known = {
    ciphers: names('cipher'),
    kexalgorithms: names('kex'),
    macs: names('mac'),
    hostkeyalgorithms: names('HostKeyAlgorithms'),
  };
  defaultsFound = { said, known };
  return defaultsFound;
}
