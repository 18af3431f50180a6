/** The other tools on this machine: which are there, which can be installed, what they call themselves. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture } from '../test/farm/process.ts';

interface Peer {
  readonly program: string;
  /** Debian's. */
  readonly package: string;
  readonly version: readonly string[];
  readonly rows: readonly string[];
}

const PEERS: Readonly<Record<string, Peer>> = {
  clush: { program: 'clush', package: 'clustershell', version: ['--version'], rows: ['a', 'f'] },
  pdsh: { program: 'pdsh', package: 'pdsh', version: ['-V'], rows: ['a', 'f'] },
  pssh: { program: 'parallel-ssh', package: 'pssh', version: ['--version'], rows: ['a', 'f'] },
  ansible: { program: 'ansible', package: 'ansible-core', version: ['--version'], rows: ['a'] },
  rsync: { program: 'rsync', package: 'rsync', version: ['--version'], rows: ['c'] },
};

/** Those of the names that are installed. */
export function available(names: readonly string[]): string[] {
  return names.filter((name) => isInstalled(PEERS[name]?.program ?? name));
}

/** Installs what the rows need and is missing; what stays missing is said by name. */
export async function providePeers(
  rows: readonly string[],
  { install }: { install: boolean },
): Promise<string[]> {
  const missing = () =>
    Object.entries(PEERS).filter(
      ([, peer]) => peer.rows.some((row) => rows.includes(row)) && !isInstalled(peer.program),
    );
  if (install && missing().length > 0) {
    const options = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await capture('apt-get', ['update'], { env, timeoutMs: 300_000 });
    for (const [, peer] of missing()) {
      process.stderr.write(`bench: installing ${peer.package}\n`);
      await capture('apt-get', ['install', ...options, peer.package], { env, timeoutMs: 900_000 });
    }
  }
  return missing().map(([name]) => name);
}

/** The first line that each tool says about itself. */
export async function versions(): Promise<Record<string, string>> {
  const asked: [string, string, readonly string[]][] = [
    ['node', 'node', ['--version']],
    ['OpenSSH', 'ssh', ['-V']],
    ['tar', 'tar', ['--version']],
    ...available(Object.keys(PEERS)).map((name): [string, string, readonly string[]] => [
      name,
      PEERS[name]?.program ?? name,
      PEERS[name]?.version ?? [],
    ]),
  ];
  const answers = asked.map(async ([name, program, words]): Promise<[string, string]> => {
    const { stdout, stderr } = await capture(program, words);
    return [name, `${stdout}${stderr}`.trim().split('\n')[0] ?? ''];
  });
  return Object.fromEntries(await Promise.all(answers));
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
