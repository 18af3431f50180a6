/** Pretended nodes with each program that carries plans out, and with files of the tests. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RelocationNode, TOOLS, type Tools } from './relocation-node.ts';
import { listing, toComparable } from './relocation-trees.ts';
import { SHELLS } from './shells.ts';

export const NODES = TOOLS.map((tools, at) => {
  const [shell, words] = SHELLS[tools === 'busybox' ? 2 : at % SHELLS.length] ?? SHELLS[0];
  return { tools, shell, words };
});

export function relocationsOn({ tools, words }: { tools: Tools; words: readonly string[] }) {
  const nodeWith = (files: readonly string[], old: readonly string[] = []) => {
    const node = new RelocationNode(words, tools);
    for (const file of files) put(node.source, file, `new ${file}`);
    for (const file of old) put(node.destination, file, `old ${file}`);
    return node;
  };
  const read = (node: RelocationNode, file: string) => readFileSync(join(node.destination, file), 'utf8');
  const comparable = (node: RelocationNode) => listing(node.destination).map(toComparable(tools));
  return { nodeWith, read, comparable };
}

export function put(side: string, path: string, text = path): void {
  mkdirSync(dirname(join(side, path)), { recursive: true });
  writeFileSync(join(side, path), text);
}
