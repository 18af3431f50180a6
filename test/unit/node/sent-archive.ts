/** An archive as the program itself makes it, of what lies in a pretended node's source. */
import { EXECUTORS } from '../../../src/node/executors.ts';
import { XATTR_PROVERS } from '../../../src/node/texts.ts';
import { createArchive } from '../../../src/transfer/archive.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import { withXattrs } from '../../../src/transfer/xattrs/read-xattrs.ts';
import { listXattrs, XATTRS } from '../../../src/transfer/xattrs/sent-xattrs.ts';
import type { RelocationNode } from './relocation-node.ts';

export async function sentArchive(
  { source }: RelocationNode,
  words: readonly string[],
  { isParanoid = false, programs = EXECUTORS, hasXattrs = false, isOfSeconds = false } = {},
): Promise<Buffer> {
  const found = await collectFiles({ words, relative: true, cwd: source });
  const collection = hasXattrs ? await withXattrs(found) : found;
  const { text } = listXattrs(collection.entries, { preserveUid: true });
  const ours = [
    ...programs,
    ...(isParanoid ? [{ name: 'paranoid', text: '' }] : []),
    ...(hasXattrs ? [...XATTR_PROVERS, { name: XATTRS, text }] : []),
  ];
  const chunks: Buffer[] = [];
  const extras = { ours, isOfSeconds };
  for await (const chunk of createArchive(collection, { preserveUid: true, preserveGid: true }, extras))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
