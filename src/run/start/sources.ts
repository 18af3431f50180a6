/** Summarises the files of a run. It reads nothing large for that: a file to send is known by its size, times and the like. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { JOURNAL_LIMITS } from '../../core/limits/journal.ts';
import type { Source } from '../../core/sources.ts';
import { STDIN_PATHS } from '../../core/surroundings.ts';
import type { Collection, Entry } from '../../transfer/entry.ts';
import type { Run } from '../begin.ts';
import { stdinOf } from '../request/work.ts';

/** Rejects if they are not the files of the request. */
export async function tellSources(
  { request, here, tell }: Pick<Run, 'request' | 'here' | 'tell'>,
  collection: Collection | undefined,
): Promise<void> {
  const stdin = stdinOf(request.work);
  const sources = [
    ...(collection === undefined ? [] : sourcesOf(collection)),
    ...(stdin === undefined ? [] : [await inputSource(stdin)]),
  ];
  if (sources.length > 0) tell({ type: 'sources', sources });
  here.checkSources?.(sources);
}

/** One for each given name; for very many names one for all. */
export function sourcesOf({ entries, roots }: Collection): readonly Source[] {
  const isOne = roots.length > JOURNAL_LIMITS.sourcesMax;
  const named = new Set(isOne ? [] : roots);
  const found: { readonly path: string; readonly hash: ReturnType<typeof createHash> }[] = [];
  for (const entry of entries) {
    if (found.length === 0 || named.has(entry.member))
      found.push({ path: entry.source, hash: createHash('sha256') });
    found.at(-1)?.hash.update(`${factsOf(entry)}\n`);
  }
  const more = isOne ? { more: roots.length - 1 } : {};
  return found.map(({ path, hash }) => ({ path, ...more, digest: hash.digest('hex') }));
}

/** A device may have another number after each boot. */
function factsOf({ type, member, mode, uid, gid, mtimeNs, xattrs, ...more }: Entry): string {
  const own = 'ino' in more ? [more.size, String(more.ino)] : [];
  const link = 'target' in more ? [more.target] : 'to' in more ? [more.to] : [];
  return JSON.stringify([type, member, mode, uid, gid, String(mtimeNs), own, link, xattrs ?? []]);
}

/** For a file of `-i`: its contents, unless they are long. */
export async function inputSource(path: string): Promise<Source> {
  if (STDIN_PATHS.includes(path)) return { path };
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  if (!stats?.isFile()) return { path };
  const isSmall = stats.size <= JOURNAL_LIMITS.inputBytesHashed;
  const facts = `${stats.size} ${stats.mtimeNs} ${stats.mode} ${stats.ino}`;
  const contents = isSmall ? await readFile(path).catch(() => undefined) : facts;
  return contents === undefined
    ? { path }
    : { path, digest: createHash('sha256').update(contents).digest('hex') };
}
