/**
 * A collection as one tar stream. It is produced once per run, whatever the number of nodes.
 */
import { LIMITS } from '../core/limits/limits.ts';
import { PROGRESS_LIMITS } from '../core/limits/progress.ts';
import { END_BLOCKS, headerBlocks, paddingOf } from './blocks.ts';
import { coalesce } from './coalesce.ts';
import type { Collection, Entry } from './entry.ts';
import { atWholeSecond, headerOf, type Ownership, type TarHeader } from './header.ts';
import { inOrder } from './in-order.ts';
import { formatRoots, MANIFEST, ROOTS, SPARSE } from './layout.ts';
import { type Mend, manifestOf, quoteField } from './manifest.ts';
import { SmallFiles } from './small-files.ts';
import { readBlocks } from './source.ts';
import { FileSums } from './sums.ts';

/** What the archive holds beside the members, and what of them it leaves out. */
export interface Extras {
  /** Lockstep's own files. They come first. */
  readonly ours: readonly OurFile[];
  /** Whether the manifest has the sum of `cksum` too: some node has no program for SHA-256. */
  readonly withCksum: boolean;
  /** Files that the nodes take from another directory of theirs. The manifest lists them; their contents are not sent. */
  readonly linked: ReadonlySet<Entry>;
  /** Members whose contents the nodes have. The manifest lists them, so that the nodes set their attributes. */
  readonly mends: readonly Mend[];
  /** Times are whole seconds, and the nodes set the rest by the list: a record of nanoseconds is 1 KiB a member. */
  readonly isOfSeconds: boolean;
}

/** A file that the receiver on the node needs: a program, or a list. */
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
  { ours = [], withCksum = false, linked = new Set(), mends = [], isOfSeconds = false }: Partial<Extras> = {},
): AsyncGenerator<Buffer> {
  return coalesce(
    piecesOf(collection, { ownership, ours, withCksum, linked, mends, isOfSeconds }),
    LIMITS.archiveChunkBytes,
  );
}

/** About how long the archive will be. Progress is told by it before the archive is made. */
export function archiveBytes({ bytes, entries }: Pick<Collection, 'bytes' | 'entries'>): number {
  return bytes + entries.length * PROGRESS_LIMITS.memberBytes + PROGRESS_LIMITS.archiveBytes;
}

async function* piecesOf(
  { entries, roots }: Collection,
  { ownership, ours, withCksum, linked, mends, isOfSeconds }: Extras & { readonly ownership: Ownership },
): AsyncGenerator<Buffer> {
  const sums = new FileSums(
    entries.reduce((files, { type }) => files + (type === 'file' ? 1 : 0), 0),
    withCksum,
  );
  for (const { name, text } of ours) yield* wholeOfOurs(name, text);
  const small = new SmallFiles();
  const readAhead = async (entry: Entry): Promise<{ entry: Entry; contents?: Buffer }> =>
    entry.type === 'file' && entry.size <= LIMITS.smallFileBytes
      ? { entry, contents: await small.read(entry) }
      : { entry };
  for await (const { entry, contents } of inOrder(entries, LIMITS.sourcesAtOnce, readAhead)) {
    const isSent = !linked.has(entry);
    if (isSent) yield headerBlocks(headerOf(isOfSeconds ? atWholeSecond(entry) : entry, ownership));
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

/** The list of files with holes: they are sent as zeros, and `holes.sh` digs them again on the nodes. */
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

/** Mode 0600, since these files name what was sent. Tars warn of a time that is 0 or in the future, so it is one of 2001. */
function headerOfOurs(name: string, size: number): Buffer {
  const header: TarHeader = { name, type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: new Date(1e12), size };
  return headerBlocks(header);
}

const padding = (bytes: number): Buffer => END_BLOCKS.subarray(0, paddingOf(bytes));
