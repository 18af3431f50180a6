/**
 * A farm of real OpenSSH nodes on this machine. A node is a file system of its own (an overlay over one shared tree), a pid
 * space of its own and its own sshd on 127.x.y.z:22, so a lock on `/` is a lock of that node, and killing its process 1
 * removes all that runs on it. Needs root. Whatever ends this process also ends the farm.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair, type KeyPair } from '../../src/demo/key-pair.ts';
import { PATIENCE_MS } from '../patience.ts';
import { CANARY, filesWith, named, refuseLeaks } from './canary.ts';
import { Cleanups } from './cleanups.ts';
import { type NodeSeed, putFile, writeLayer } from './layer.ts';
import { BootableNode, type FarmNode } from './node.ts';
import { captureOrThrow, until } from './process.ts';
import { sshListeners, takeNetwork } from './sockets.ts';
import { bootLimits, Supervisor } from './supervisor.ts';

export interface FarmOptions {
  readonly nodes: number;
  /** Further lines of sshd_config for all nodes; they win over Debian's. */
  readonly sshdConfig?: readonly string[];
  /** Where what nodes write goes; memory is faster, disk holds more. */
  readonly storage?: 'memory' | 'disk';
  /** What serves ssh; Dropbear reads no `sshdConfig`. */
  readonly server?: 'openssh' | 'dropbear';
}

export interface Farm {
  readonly nodes: readonly FarmNode[];
  /** Private ed25519 key without a passphrase; root, `worker` (sudo without a password) and `plain` (no sudo) accept it. */
  readonly keyPath: string;
  /** A home for the controller, with the key as its default identity and nothing else in `.ssh`. */
  readonly home: string;
  /** Writes a file with a secret into that home, for this account alone; only there may a secret be found when the farm ends. */
  keepSecret(name: string, content: string, mode?: number): string;
  /** Runs before the nodes end, for what must not outlive them. */
  atStop(action: () => unknown): void;
  /** Ends every node, and leaves no process, mount or file. Rejects with LeakError where a secret of the tests was left. */
  stop(): Promise<void>;
}

/** Resolves when the sshd of every node listens. */
export async function startFarm(options: FarmOptions): Promise<Farm> {
  const { nodes: count, sshdConfig = [], storage = 'memory', server = 'openssh' } = options;
  if (process.getuid?.() !== 0) throw new Error('the farm needs root, for its mounts and pid spaces');
  if (sshListeners().has('0.0.0.0'))
    throw new Error('the farm needs port 22, which an sshd of this machine has');
  const image = await nodeImage();
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-farm-'));
  const network = await takeNetwork();
  const seeds = Array.from({ length: count }, (_, index) => makeSeed(index + 1, network.name));
  const clientKey = generateKeyPair();
  writeLayer({ directory: join(directory, 'layer'), nodes: seeds, clientKey, sshdConfig });
  const home = writeHome(join(directory, 'home'), clientKey);
  mkdirSync(join(directory, 'nodes'));

  const cleanups = new Cleanups();
  cleanups.add(() => network.giveBack());
  cleanups.add(() => rmSync(directory, { recursive: true, force: true }));
  const supervisor = new Supervisor({ directory, image, storage, server });
  cleanups.add(() => supervisor.stop());
  const atStop = (action: () => unknown) => cleanups.add(action);
  try {
    const nodes = await bootAll(supervisor, seeds);
    const secretFiles = new Set<string>();
    const keepSecret = (name: string, content: string, mode = 0o600) => {
      const path = join(home, name);
      putFile(path, content, mode);
      secretFiles.add(path);
      return path;
    };
    atStop(() => {
      const places = [...supervisor.disks(nodes), { path: home }];
      const found = filesWith(CANARY, places).filter((path) => !secretFiles.has(path));
      refuseLeaks(named(found, places));
    });
    const keyPath = join(home, '.ssh/id_ed25519');
    return { nodes, keyPath, home, keepSecret, atStop, stop: () => cleanups.run() };
  } catch (error) {
    await cleanups.run();
    throw error;
  }
}

/** The tree that all nodes share; made on first use, which takes about a minute. */
export async function nodeImage(): Promise<string> {
  const script = fileURLToPath(new URL('../../scripts/make-node-image.sh', import.meta.url));
  return (await captureOrThrow('sh', [script], { timeoutMs: PATIENCE_MS.test })).trim();
}

/** Node 1 is 127.x.0.1; 250 nodes for each third number. */
function makeSeed(number: number, network: string): NodeSeed {
  const host = `${network}.${Math.floor((number - 1) / 250)}.${((number - 1) % 250) + 1}`;
  return { number, name: `node-${number}`, host, hostKey: generateKeyPair() };
}

function writeHome(home: string, key: KeyPair): string {
  putFile(join(home, '.ssh/id_ed25519'), key.private, 0o600);
  putFile(join(home, '.ssh/id_ed25519.pub'), `${key.public}\n`, 0o644);
  return home;
}

async function bootAll(supervisor: Supervisor, seeds: readonly NodeSeed[]): Promise<FarmNode[]> {
  const pids = await boot(supervisor, seeds);
  return seeds.map((seed, index) => {
    const start = async () => (await boot(supervisor, [seed]))[0] as number;
    return new BootableNode({ ...seed, hostKey: seed.hostKey.public, pid: pids[index] as number, start });
  });
}

async function boot(supervisor: Supervisor, seeds: readonly NodeSeed[]): Promise<number[]> {
  const pids = await supervisor.boot(seeds);
  const silent = () => {
    const listeners = sshListeners();
    return seeds.findIndex(({ host }) => !listeners.has(host));
  };
  await until('every sshd listens', () => silent() === -1, bootLimits).catch((error: Error) => {
    const log = readFileSync(`/proc/${pids[silent()]}/root/var/log/sshd.log`, 'utf8');
    throw new Error(`${error.message}; ${seeds[silent()]?.name}: ${log.trim()}`);
  });
  return pids;
}
