/** Where the tools are measured: the farm, and what the tools need to reach its nodes. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Farm, startFarm } from '../test/farm/farm.ts';
import type { FarmNode } from '../test/farm/node.ts';
import { captureOrThrow, until } from '../test/farm/process.ts';
import type { BenchOptions } from './options.ts';
import { writeTree } from './payload.ts';

/** The first so many nodes of the farm. */
export interface Site {
  readonly nodes: readonly FarmNode[];
  /** One address a line. */
  readonly hostsPath: string;
}

export class Field {
  readonly farm: Farm;
  readonly options: BenchOptions;
  /** For what the bench makes; the snapshot of lockstep is in it. */
  readonly directory: string;
  readonly sshConfigPath: string;
  readonly knownHostsPath: string;
  readonly #payloads = new Map<string, Promise<Payload>>();

  constructor(farm: Farm, options: BenchOptions, directory: string) {
    this.farm = farm;
    this.options = options;
    this.directory = directory;
    this.knownHostsPath = this.#write(
      'known_hosts',
      farm.nodes.map(({ host, hostKey }) => `${host} ${hostKey}`),
    );
    this.sshConfigPath = this.#write('ssh_config', [
      'User root',
      `IdentityFile ${farm.keyPath}`,
      'IdentitiesOnly yes',
      'StrictHostKeyChecking yes',
      `UserKnownHostsFile ${this.knownHostsPath}`,
      'GlobalKnownHostsFile /dev/null',
      'BatchMode yes',
    ]);
  }

  site(count: number): Site {
    const nodes = this.farm.nodes.slice(0, count);
    return {
      nodes,
      hostsPath: this.#write(
        `hosts-${count}`,
        nodes.map(({ host }) => host),
      ),
    };
  }

  /** `tree`: some 5,000 small files of 20 MB as a tar; a number: one file of so many MiB. Made once. */
  payload(what: 'tree' | number): Promise<Payload> {
    const key = `payload-${what}`;
    const payload = this.#payloads.get(key) ?? this.#makePayload(join(this.directory, key), what);
    this.#payloads.set(key, payload);
    return payload;
  }

  #write(name: string, lines: readonly string[]): string {
    const path = join(this.directory, name);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  async #makePayload(directory: string, what: 'tree' | number): Promise<Payload> {
    const files = join(directory, 'files');
    mkdirSync(files, { recursive: true });
    if (what === 'tree') writeTree(join(files, 'payload'), Math.ceil(5000 * this.options.scale));
    else writeFileSync(join(files, 'payload'), randomBytes(what * 1024 * 1024));
    const tar = join(directory, 'payload.tar');
    await captureOrThrow('tar', ['-C', files, '-cf', tar, 'payload']);
    return { directory: files, tar, listing: await captureOrThrow('sh', ['-c', listingOf(files)]) };
  }
}

/** Starts the farm; the keys are the only thing about it that differs from run to run. */
export async function openField(options: BenchOptions, directory: string, count: number): Promise<Field> {
  return new Field(await startFarm({ nodes: count }), options, directory);
}

export interface Payload {
  /** Holds `payload`, a directory or a file. */
  readonly directory: string;
  readonly tar: string;
  readonly listing: string;
}

/** Where uploads go on the nodes. */
export const DESTINATION = '/srv/app';

/** What earlier runs left on the nodes goes, so that every tool finds them alike. */
export async function wipe({ nodes }: Site): Promise<void> {
  for (const { directory } of nodes) {
    for (const parent of ['srv', 'run/orgalorg']) {
      const path = join(directory, parent);
      for (const name of existsSync(path) ? readdirSync(path) : []) {
        rmSync(join(path, name), { recursive: true, force: true });
      }
    }
    mkdirSync(join(directory, DESTINATION));
  }
}

/** Why a node does not hold the payload; undefined when all do. */
export async function differences({ nodes }: Site, { listing }: Payload): Promise<string | undefined> {
  for (const node of nodes) {
    const { stdout } = await node.run(listingOf(DESTINATION));
    if (stdout !== listing) return `${node.name} does not hold the files that were sent`;
  }
  return undefined;
}

/** No session of the last run takes time from the next one. */
export async function settle({ farm }: Field): Promise<void> {
  const network = Number(farm.nodes[0]?.host.split('.')[1]).toString(16).padStart(2, '0').toUpperCase();
  // As the kernel lists a connection to port 22 of the network 127.x, its states from established to closing.
  const session = new RegExp(`^ *\\d+: [0-9A-F]{4}${network}7F:0016 \\S+ 0[1-58] `, 'm');
  await until('all sessions end', () => !session.test(readFileSync('/proc/net/tcp', 'latin1')), {
    pauseMs: 50,
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
}

/** Names and sizes: contents are the business of the tests. */
function listingOf(directory: string): string {
  return `cd ${directory} && find . -type f -printf '%P %s\\n' | LC_ALL=C sort | sha256sum`;
}
