/** What the demo plays with: three nodes, a key, a host file and a release, all in one temporary directory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import libraryText from '../../sync-tool/lib/lockstep.sh';
import { type EmbeddedNode, startEmbeddedNode } from './embedded-node.ts';
import { generateKeyPair } from './key-pair.ts';
import toolText from './switch.sh';

export interface Playground {
  readonly directory: string;
  /** The version that each node runs now. */
  versions(): Promise<string[]>;
  /** Ends the nodes and all that runs there. */
  stop(): Promise<void>;
}

const USER = 'demo';
const NODE_NAMES = ['node1', 'node2', 'node3'];

/** Makes the directory, which goes when this process exits, however it does, and starts the nodes. */
export async function openPlayground(): Promise<Playground> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-demo-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const homes = NODE_NAMES.map((name) => join(directory, name));
  const key = generateKeyPair();
  await writeFile(join(directory, 'key'), key.private, { mode: 0o600 });
  await writeRelease(join(directory, 'v2'));
  for (const home of homes) await writeHome(home);
  // All of them run the same check; on the last one it takes longer.
  await writeFile(join(homes.at(-1) ?? directory, 'app/slow'), '');

  const nodes: EmbeddedNode[] = [];
  for (const home of homes) nodes.push(await startNode(home, key.public));
  const targets = nodes.map(({ port }) => `${USER}@127.0.0.1:${port}\n`);
  await writeFile(join(directory, 'nodes'), targets.join(''));
  return {
    directory,
    versions: () => Promise.all(homes.map(readVersion)),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** The tool is the one that a user would write; its first line is for shellcheck alone. */
async function writeRelease(directory: string): Promise<void> {
  await mkdir(directory);
  await writeFile(join(directory, 'version'), '2.0\n');
  await writeFile(join(directory, 'lockstep.sh'), libraryText);
  await writeFile(join(directory, 'switch'), toolText.replace(/^# shellcheck .*\n/, ''));
}

async function writeHome(home: string): Promise<void> {
  await mkdir(join(home, 'app/v1'), { recursive: true });
  await writeFile(join(home, 'app/v1/version'), '1.0\n');
  await symlink('v1', join(home, 'app/current'));
}

/** The nodes are this machine, so its programs are where this process finds them. */
function startNode(home: string, authorizedKey: string): Promise<EmbeddedNode> {
  const { PATH } = process.env;
  return startEmbeddedNode({
    home,
    user: USER,
    authorizedKey,
    ...(PATH === undefined ? {} : { env: { PATH } }),
  });
}

async function readVersion(home: string): Promise<string> {
  return (await readFile(join(home, 'app/current/version'), 'utf8')).trim();
}
