/** An archive as the program itself makes it, of what lies in a pretended node's source. */
import { EXECUTORS } from '../../../src/node/texts.ts';
import { createArchive } from '../../../src/transfer/archive.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import type { RelocationNode } from './relocation-node.ts';

export async function sentArchive(
  { source }: RelocationNode,
  words: readonly string[],
  { isParanoid = false, programs = EXECUTORS } = {},
): Promise<Buffer> {
  const collection = await collectFiles({ words, relative: true, cwd: source });
  const ours = isParanoid ? [...programs, { name: 'paranoid', text: '' }] : programs;
  const chunks: Buffer[] = [];
  for await (const chunk of createArchive(collection, { preserveUid: true, preserveGid: true }, { ours }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
