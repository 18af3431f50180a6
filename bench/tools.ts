/** How each tool is told to do the same work: sh texts. All of them set up 64 connections at once, lockstep's default. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quote, quoteAll } from '../src/node/quote.ts';
import { DESTINATION, type Field, type Payload, type Site } from './field.ts';
import type { Contender } from './work.ts';

const FANOUT = 64;

/** Extra words are options, mode and what stands behind it. BUILD: which of the snapshots that run.sh makes. */
export function lockstep(
  field: Field,
  site: Site,
  words: readonly string[],
  build: 'lockstep' | 'unproven' = 'lockstep',
  before: readonly string[] = [],
): string {
  const { directory, farm, knownHostsPath } = field;
  const program = join(directory, `${build}/bin/lockstep.js`);
  const access = ['-u', 'root', '-k', farm.keyPath, '--known-hosts', knownHostsPath];
  const strict = ['--strict-host-key-checking', 'yes'];
  return `node ${quoteAll([program, ...before, '-o', site.hostsPath, ...access, ...strict, ...words])}`;
}

export function lockstepUpload(
  field: Field,
  site: Site,
  payload: Payload,
  build?: 'lockstep' | 'unproven',
): string {
  const words = ['-r', DESTINATION, '-e', '-U', 'payload'];
  return `cd ${payload.directory} && ${lockstep(field, site, words, build)}`;
}

/** Bare ssh2, see README. */
export function floorExec(field: Field, site: Site, command: string): string {
  return inLockstep(field, ['floor-exec.mjs', site.hostsPath, field.farm.keyPath, `${FANOUT}`, command]);
}

export function floorPush(field: Field, site: Site, { tar }: Payload): string {
  const extract = `tar -C ${DESTINATION} -xf -`;
  return inLockstep(field, ['floor-push.mjs', site.hostsPath, field.farm.keyPath, tar, extract]);
}

/** Twenty ssh at once, each with a tar of its own. */
export function tarOverSsh({ sshConfigPath }: Field, { hostsPath }: Site, { directory }: Payload): string {
  const push = `tar -C ${directory} -cf - payload | ssh -F ${sshConfigPath} {} 'tar -C ${DESTINATION} -xf -'`;
  return `xargs -P20 -I{} sh -c ${quote(push)} <${hostsPath}`;
}

export function rsync({ sshConfigPath }: Field, { hostsPath }: Site, { directory }: Payload): string {
  const shell = quote(`ssh -F ${sshConfigPath}`);
  return `xargs -P20 -I{} rsync -a -e ${shell} ${directory}/payload {}:${DESTINATION}/ <${hostsPath}`;
}

export function catOverSsh({ sshConfigPath }: Field, { nodes }: Site, { directory }: Payload): string {
  return `ssh -F ${sshConfigPath} ${nodes[0]?.host} 'cat >${DESTINATION}/payload' <${directory}/payload`;
}

/** The Debian tools that run a command, by what they are called here. */
export const commandPeers: Readonly<Record<string, (field: Field, site: Site, command: string) => string>> = {
  clush: ({ sshConfigPath }, { hostsPath }, command) =>
    `clush -n -S -f ${FANOUT} -o ${quote(`-F ${sshConfigPath}`)} --hostfile ${hostsPath} ${quote(command)}`,
  pdsh: ({ sshConfigPath }, { hostsPath }, command) =>
    `PDSH_SSH_ARGS_APPEND=${quote(`-F ${sshConfigPath}`)} pdsh -S -R ssh -f ${FANOUT} -w ^${hostsPath} ${quote(command)}`,
  pssh: ({ sshConfigPath }, { hostsPath }, command) =>
    `parallel-ssh -i -t 0 -p ${FANOUT} -x ${quote(`-F ${sshConfigPath}`)} -h ${hostsPath} ${quote(command)}`,
  // The module that needs no Python on the nodes is its fastest.
  ansible: ({ sshConfigPath }, { hostsPath }, command) =>
    `ANSIBLE_SSH_ARGS=${quote(`-F ${sshConfigPath}`)} ansible all -i ${hostsPath} -f ${FANOUT} -m raw -a ${quote(command)}`,
};

export interface Places {
  readonly site: Site;
  readonly command?: string;
  readonly payload?: Payload;
}

/** The `--peer`s whose placeholders all have a meaning here, and that do this kind of work. */
export function customPeers(
  { options, farm }: Field,
  { site, command, payload }: Places,
): Pick<Contender, 'name' | 'command'>[] {
  const meanings = new Map([
    ['{hosts}', site.hostsPath],
    ['{key}', farm.keyPath],
    ...(command === undefined ? [] : [['{command}', quote(command)] as const]),
    ...(payload === undefined
      ? []
      : ([
          ['{files}', 'payload'],
          ['{root}', DESTINATION],
        ] as const)),
  ]);
  const kind = command === undefined ? '{files}' : '{command}';
  const start = payload === undefined ? '' : `cd ${payload.directory} && `;
  return options.peers
    .filter(({ template }) => template.includes(kind))
    .map(({ name, template }) => ({
      name,
      command: start + template.replaceAll(/\{[a-z]+\}/g, (word) => meanings.get(word) ?? word),
    }));
}

/** ssh2 is found from the directory that holds the modules. */
function inLockstep({ directory }: Field, [script = '', ...words]: readonly string[]): string {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return `cd ${join(directory, 'lockstep')} && node ${quoteAll([path, ...words])}`;
}
