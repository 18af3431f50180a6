/**
 * Nodes as Docker containers: the same file tree as in the farm, but with a network of their own, so that links can be cut,
 * and a kernel's freezer, so that a node can hang as a whole. Slower to start than the farm; for what the farm cannot do.
 */

import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Docker from 'dockerode';
import { generateKeyPair } from '../../src/demo/key-pair.ts';
import { Cleanups } from '../farm/cleanups.ts';
import { nodeImage } from '../farm/farm.ts';
import { type NodeSeed, putFile, writeLayer } from '../farm/layer.ts';
import { captureOrThrow } from '../farm/process.ts';
import { ContainerNode } from './container-node.ts';
import { startEngine } from './engine.ts';

export interface Cluster {
  readonly nodes: readonly ContainerNode[];
  /** Private key that root, `worker` (sudo without a password) and `plain` (no sudo) accept. */
  readonly keyPath: string;
  /** A home for the controller, with the key as its default identity and nothing else in `.ssh`. */
  readonly home: string;
  /** Runs before the nodes end, for what must not outlive them. */
  atStop(action: () => unknown): void;
  /** Removes containers, network and image, and ends the engine if it was started for this cluster. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly nodes: number;
  /** `busybox`: no other program than busybox, Dropbear and flock. */
  readonly userland?: 'debian' | 'busybox';
}

/** Resolves when the ssh server of every node answers. */
export async function startCluster({ nodes: count, userland = 'debian' }: ClusterOptions): Promise<Cluster> {
  const whole = await nodeImage();
  const name = `lockstep${randomInt(1_000_000)}`;
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-cluster-'));
  const clientKey = generateKeyPair();
  const home = join(directory, 'home');
  putFile(join(home, '.ssh/id_ed25519'), clientKey.private, 0o600);

  const cleanups = new Cleanups();
  const atStop = (action: () => unknown) => cleanups.add(action);
  atStop(() => rmSync(directory, { recursive: true, force: true }));
  try {
    const tree = userland === 'debian' ? whole : await busyboxTree(whole, join(directory, 'busybox'));
    const engine = await startEngine(name, directory);
    atStop(() => engine.stop());
    const { docker } = engine;
    await importTree(docker, tree, name);
    atStop(() => docker.getImage(name).remove({ force: true }));
    const subnet = await createNetwork(docker, name);
    atStop(() => docker.getNetwork(name).remove());
    const seeds = Array.from({ length: count }, (_, index) => makeSeed(index + 1, subnet));
    const layer = join(directory, 'layer');
    writeLayer({ directory: layer, nodes: seeds, clientKey, sshdConfig: [] });
    const nodes = seeds.map(
      (seed) => new ContainerNode({ docker, cluster: name, userland, ...seed, hostKey: seed.hostKey.public }),
    );
    atStop(() => Promise.all(nodes.map((node) => node.remove())));
    await Promise.all(nodes.map((node) => node.create(layer)));
    return { nodes, keyPath: join(home, '.ssh/id_ed25519'), home, atStop, stop: () => cleanups.run() };
  } catch (error) {
    await cleanups.run();
    throw error;
  }
}

async function busyboxTree(whole: string, tree: string): Promise<string> {
  await captureOrThrow('sh', [fileURLToPath(new URL('busybox-tree.sh', import.meta.url)), whole, tree]);
  return tree;
}

/** The promise of importImage resolves when the import starts; `followProgress` tells when it ends, and how. */
async function importTree(docker: Docker, tree: string, name: string): Promise<void> {
  const directories = ['dev', 'proc', 'sys', 'run'].map((path) => `--exclude=./${path}/*`);
  const tar = spawn('tar', ['-C', tree, ...directories, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const progress = await docker.importImage(tar.stdout, { repo: name, tag: 'latest' });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
}

/** Gives the first three numbers of the network's addresses; a subnet that the engine refuses is taken already. */
async function createNetwork(docker: Docker, name: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const subnet = `172.30.${randomInt(256)}`;
    try {
      await docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        Options: { 'com.docker.network.bridge.name': name },
        IPAM: { Driver: 'default', Config: [{ Subnet: `${subnet}.0/24` }] },
      });
      return subnet;
    } catch (error) {
      if (attempt === 10) throw error;
    }
  }
}

/** The network's first address is the controller's. */
function makeSeed(number: number, subnet: string): NodeSeed {
  return { number, name: `node-${number}`, host: `${subnet}.${number + 1}`, hostKey: generateKeyPair() };
}
