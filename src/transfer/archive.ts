/**
 * A collection as one tar stream. It is produced once per run, whatever the number of nodes.
 */
import { type Pack, pack } from 'tar-stream';
import { LIMITS } from '../core/limits.ts';
import { coalesce } from './coalesce.ts';
import type { Collection, Entry } from './entry.ts';
import { headerOf, type Ownership, type TarHeader } from './header.ts';
import { inOrder } from './in-order.ts';
import { formatRoots, MANIFEST, ROOTS } from './layout.ts';
import { manifestOf } from './manifest.ts';
import { readBlocks, readWhole } from './source.ts';

/** A file that the receiver needs beside the members. */
export interface OurFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Yields the archive in chunks of at most LIMITS.archiveChunkBytes, which nobody may modify: they are shared.
 * Throws a LockstepError (`source-changed`, `upload-failed`) that names the file.
 */
export async function* createArchive(
  collection: Collection,
  ownership: Ownership,
  ours: readonly OurFile[] = [],
): AsyncGenerator<Buffer> {
  const archive = pack({ highWaterMark: LIMITS.archiveChunkBytes });
  let failure: unknown;
  const feeding = feed(archive, collection, { ownership, ours }).catch((thrown: unknown) => {
    failure = thrown;
    archive.destroy();
  });
  try {
    yield* coalesce(archive as AsyncIterable<Buffer>, LIMITS.archiveChunkBytes);
  } catch (thrown) {
    throw failure ?? thrown;
  } finally {
    archive.destroy();
    await feeding;
  }
}

async function feed(
  archive: Pack,
  { entries, roots }: Collection,
  { ownership, ours }: { readonly ownership: Ownership; readonly ours: readonly OurFile[] },
): Promise<void> {
  for (const { name, text } of ours) await addWhole(archive, headerOfOurs(name), Buffer.from(text));
  for await (const { entry, contents } of inOrder(entries, LIMITS.sourcesAtOnce, readAhead)) {
    const header = headerOf(entry, ownership);
    if (contents !== undefined || entry.type !== 'file') await addWhole(archive, header, contents);
    else await addBlocks(archive, header, readBlocks(entry));
  }
  const { bytes, blocks } = manifestOf(entries, ownership);
  await addBlocks(archive, { ...headerOfOurs(MANIFEST), size: bytes }, blocks());
  await addWhole(archive, headerOfOurs(ROOTS), Buffer.from(formatRoots(roots)));
  archive.finalize();
}

/** Private, as it names what was sent; the time is any that is neither implausibly old nor in the future. */
const headerOfOurs = (name: string): TarHeader => ({
  name,
  type: 'file',
  mode: 0o100600,
  uid: 0,
  gid: 0,
  mtime: new Date(1e12),
});

async function readAhead(entry: Entry): Promise<{ entry: Entry; contents?: Buffer }> {
  if (entry.type !== 'file' || entry.size > LIMITS.smallFileBytes) return { entry };
  return { entry, contents: await readWhole(entry) };
}

/** Resolves when the entry has gone into the archive's own, bounded buffer. */
function addWhole(archive: Pack, header: TarHeader, contents?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (contents === undefined) archive.entry(header, done);
    else archive.entry(header, contents, done);
  });
}

/** Resolves when the last block is queued; the next entry waits for it inside tar-stream. */
async function addBlocks(archive: Pack, header: TarHeader, blocks: AsyncIterable<Buffer>): Promise<void> {
  const member = archive.entry(header);
  for await (const block of blocks) {
    if (archive.destroyed) return;
    if (!member.write(block)) await drained(member);
  }
  member.end(null);
}

/** Resolves when the member takes more, or never will. */
function drained(member: ReturnType<Pack['entry']>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      member.off('drain', done);
      member.off('close', done);
      resolve();
    };
    member.on('drain', done);
    member.on('close', done);
  });
}
