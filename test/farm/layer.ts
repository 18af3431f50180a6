/**
 * The files that all nodes of a farm have on top of the node image: keys, names, mounts and the settings of sshd.
 * They lie in a directory that each node's overlay uses as a lower layer, so owners and modes here are those on the nodes.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KeyPair } from '../../src/demo/key-pair.ts';

export interface NodeSeed {
  readonly number: number;
  readonly name: string;
  readonly host: string;
  readonly hostKey: KeyPair;
}

export interface LayerOptions {
  readonly directory: string;
  readonly nodes: readonly NodeSeed[];
  readonly clientKey: KeyPair;
  /** Further lines of sshd_config; they win over the farm's and Debian's. */
  readonly sshdConfig: readonly string[];
}

export function writeLayer({ directory, nodes, clientKey, sshdConfig }: LayerOptions): void {
  const put = (path: string, lines: readonly string[], mode = 0o644) =>
    putFile(join(directory, path), `${lines.join('\n')}\n`, mode);
  for (const path of ['', 'etc', 'etc/ssh', 'etc/ssh/host_keys', 'etc/ssh/sshd_config.d', 'home']) {
    makeDirectory(join(directory, path), 0o755);
  }
  put('etc/fstab', fstab);
  put('etc/hosts', ['127.0.0.1 localhost', ...nodes.map(({ host, name }) => `${host} ${name}`)]);
  put('etc/ssh/sshd_config.d/farm.conf', [
    ...sshdConfig,
    ...farmSshdConfig.filter((line) => !isGiven(line, sshdConfig)),
  ]);
  for (const { number, hostKey } of nodes) put(`etc/ssh/host_keys/${number}`, [hostKey.private], 0o600);
  for (const { home, id, mode } of accounts) {
    makeDirectory(join(directory, home), mode);
    makeDirectory(join(directory, home, '.ssh'), 0o700);
    put(`${home}/.ssh/authorized_keys`, [clientKey.public], 0o600);
    for (const path of ['', '.ssh', '.ssh/authorized_keys']) chownSync(join(directory, home, path), id, id);
  }
}

/** As a Debian machine has them: /run is not the file system of /. */
const fstab = [
  'proc /proc proc defaults',
  'run /run tmpfs mode=755',
  'devpts /dev/pts devpts newinstance,gid=5,mode=620,ptmxmode=666',
];

/**
 * What differs from Debian's sshd_config. PAM costs a tenth of each connection and changes nothing that is tested. Debian's MaxStartups (10:30:100) drops connections at random when many are set up at once, which
 * would make tests fail by chance; a test about it sets its own.
 */
const farmSshdConfig = ['UsePAM no', 'MaxStartups 500:30:1000'];

/** Of MaxStartups sshd takes the last line, of all else the first. */
function isGiven(line: string, given: readonly string[]): boolean {
  const [keyword] = line.split(' ');
  return given.some((each) => each.split(' ')[0] === keyword);
}

/** The accounts that the node image has; the numbers are the image's. */
const accounts = [
  { home: 'root', id: 0, mode: 0o700 },
  { home: 'home/worker', id: 1001, mode: 0o755 },
  { home: 'home/plain', id: 1002, mode: 0o755 },
] as const;

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

/** The mode is set apart from the write, since the caller's umask must not reach the nodes. */
export function putFile(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, mode);
}
