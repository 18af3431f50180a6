/** The same on real nodes: sshd, login shells, and the built program. */
import { fileURLToPath } from 'node:url';
import { type Farm, startFarm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { captureOrThrow, type Ended } from '../farm/process.ts';
import { CWD } from './generate-invocation.ts';
import { becomeKind, type FuzzNode, type Kind } from './local-node.ts';
import type { Send } from './run-seed.ts';

/** Nodes, and how a run is made on them. */
export interface Nodes {
  readonly nodes: readonly FuzzNode[];
  readonly send: Send;
  stop(): Promise<void>;
}

export interface FarmNodes extends Nodes {
  readonly farm: Farm;
  readonly farmNodes: readonly FarmFuzzNode[];
}

/** One node of each kind. */
export async function startFarmNodes(kinds: readonly Kind[], scripts: string): Promise<FarmNodes> {
  const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  await captureOrThrow(process.execPath, [build]);
  const farm = await startFarm({ nodes: kinds.length });
  const nodes = farm.nodes.map((node, at) => new FarmFuzzNode(kinds[at] as Kind, node));
  for (const node of nodes) await becomeKind(node, scripts);
  return { nodes, farmNodes: nodes, farm, send: sendOver(farm, nodes), stop: () => farm.stop() };
}

export class FarmFuzzNode implements FuzzNode {
  readonly kind: Kind;
  readonly node: FarmNode;

  constructor(kind: Kind, node: FarmNode) {
    this.kind = kind;
    this.node = node;
  }

  get directory(): string {
    return this.node.directory;
  }

  run(script: string): Promise<Ended> {
    return this.node.run(script);
  }

  strays(): string[] {
    return this.node.commandLines().filter((line) => line !== '' && !line.includes('sshd -D'));
  }
}

function sendOver(farm: Farm, nodes: readonly FarmFuzzNode[]): Send {
  return async ({ account, argv }, beds) => {
    const taking = nodes.filter((node) => beds.some((bed) => bed.node === node));
    const targets = taking.flatMap(({ node }) => ['-o', `${account}@${node.host}`]);
    const ran = lockstep([...targets, ...argv], { farm, cwd: CWD });
    ran.endInput();
    const { code } = await ran.exited;
    return { code: code ?? -1, text: `${ran.stdout}${ran.stderr}` };
  };
}
