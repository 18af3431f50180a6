/**
 * A collection as one tar stream. It is produced once per run, whatever the number of nodes.
 */
import { LIMITS } from '../core/limits/limits.ts';
import { PROGRESS_LIMITS } from '../core/limits/progress.ts';
import { END_BLOCKS, headerBlocks, paddingOf } from './blocks.ts';
import { coalesce } from './coalesce.ts';
import type { Collection, Entry } from './entry.ts';
import { headerOf, type Ownership, type TarHeader } from './header.ts';
import { inOrder } from './in-order.ts';
import { formatRoots, MANIFEST, ROOTS, SPARSE } from './layout.ts';
import { type Mend, manifestOf, quoteField } from './manifest.ts';
import { readBlocks, readWhole } from './source.ts';
import { FileSums } from './sums.ts';

/** What goes with the members. */
export interface Extras {
  /** Files of ours, which come first. */
  readonly ours: readonly OurFile[];
  /** Some node has nothing better to prove files by. */
  readonly withCksum: boolean;
  /** Files that the nodes take from what they have: these are in the list alone. */
  readonly linked: ReadonlySet<Entry>;
  /** Members that are there, and are not sent. */
  readonly mends: readonly Mend[];
}

/** A file that the receiver needs beside the members. */
export interface OurFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Yields the archive in chunks of at most LIMITS.archiveChunkBytes, which nobody may modify: they are shared.
 * Throws a LockstepError (`source-changed`, `upload-failed`) that names the file.
 */
export function createArchive(
  collection: Collection,
  ownership: Ownership,
  { ours = [], withCksum = false, linked = new Set(), mends = [] }: Partial<Extras> = {},
): AsyncGenerator<Buffer> {
  return coalesce(
    piecesOf(collection, { ownership, ours, withCksum, linked, mends }),
    LIMITS.archiveChunkBytes,
  );
}

/** About how long it will be: what is told before it is made. */
export function archiveBytes({ bytes, entries }: Pick<Collection, 'bytes' | 'entries'>): number {
  return bytes + entries.length * PROGRESS_LIMITS.memberBytes + PROGRESS_LIMITS.archiveBytes;
}

async function* piecesOf(
  { entries, roots }: Collection,
  { ownership, ours, withCksum, linked, mends }: Extras & { readonly ownership: Ownership },
): AsyncGenerator<Buffer> {
  const sums = new FileSums(
    entries.reduce((files, { type }) => files + (type === 'file' ? 1 : 0), 0),
    withCksum,
  );
  for (const { name, text } of ours) yield* wholeOfOurs(name, text);
  for await (const { entry, contents } of inOrder(entries, LIMITS.sourcesAtOnce, readAhead)) {
    const isSent = !linked.has(entry);
    if (isSent) yield headerBlocks(headerOf(entry, ownership));
    if (entry.type !== 'file') continue;
    if (contents !== undefined) {
      sums.add(contents);
      if (isSent) yield contents;
    } else {
      for await (const block of sums.through(readBlocks(entry))) if (isSent) yield block;
    }
    if (isSent) yield padding(entry.size);
  }
  yield* sparseFiles(entries);
  const { bytes, blocks } = manifestOf(entries, { ownership, sums, mends });
  yield headerOfOurs(MANIFEST, bytes);
  yield* blocks();
  yield padding(bytes);
  yield* wholeOfOurs(ROOTS, formatRoots(roots));
  yield END_BLOCKS;
}

/** Their holes are sent as zeros, and dug again on the nodes (`holes.sh`). */
function* sparseFiles(entries: readonly Entry[]): Generator<Buffer> {
  const sparse = entries.filter((entry) => entry.type === 'file' && entry.isSparse);
  if (sparse.length === 0) return;
  const lines = sparse.map(({ member }) => `dig ${quoteField(member)}\n`);
  yield* wholeOfOurs(SPARSE, lines.join(''));
}

function* wholeOfOurs(name: string, text: string): Generator<Buffer> {
  const contents = Buffer.from(text);
  yield headerOfOurs(name, contents.length);
  yield contents;
  yield padding(contents.length);
}

/** Private, as it names what was sent; the time is any that is neither implausibly old nor in the future. */
function headerOfOurs(name: string, size: number): Buffer {
  const header: TarHeader = { name, type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: new Date(1e12), size };
  return headerBlocks(header);
}

async function readAhead(entry: Entry): Promise<{ entry: Entry; contents?: Buffer }> {
  if (entry.type !== 'file' || entry.size > LIMITS.smallFileBytes) return { entry };
  return { entry, contents: await readWhole(entry) };
}

const padding = (bytes: number): Buffer => END_BLOCKS.subarray(0, paddingOf(bytes));
