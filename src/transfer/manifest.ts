/**
 * The list of all members, which the nodes compare with what has arrived, and later with what lies at the destination: one line
 * a member, `member MODE UID:GID SIZE TIME SHA256 'PATH' 'TARGET'`. `src/node/files/relocate.sh` describes the form. Pure.
 */
import { LIMITS } from '../core/limits/limits.ts';
import type { Entry } from './entry.ts';
import { attributesOf, type Ownership } from './header.ts';

/** One member: what this machine has found, and what a node must find. */
export interface ManifestEntry {
  /** Relative to the destination, without `..`. */
  readonly path: string;
  /** `st_mode` whole, type bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of regular files, else 0. */
  readonly size: number;
  /** Since 1970 in nanoseconds; may be negative. */
  readonly mtimeNs: bigint;
  /**
   * Of regular files, in hexadecimal digits; else empty. Where some node has no program for SHA-256, `:` and the sum of cksum
   * stand behind it.
   */
  readonly sha256: string;
  /** Of symbolic links, else empty. */
  readonly target: string;
}

/** The sums of the regular files, by their number in the collection; hard links are not counted. */
export interface Sums {
  readonly of: (file: number) => string;
}

/** A member that the node has already, with other attributes: these are set where it lies. */
export interface Mend {
  readonly entry: Entry;
  /** Of regular files that are not empty, else empty. */
  readonly sha256: string;
}

interface Listed {
  readonly ownership: Ownership;
  readonly sums: Sums;
  readonly mends?: readonly Mend[];
}

/** The list, and its length, which the archive needs first. A long list is made twice, so that a million lines are never in memory. */
export function manifestOf(
  entries: readonly Entry[],
  listed: Listed,
): { readonly bytes: number; readonly blocks: () => AsyncGenerator<Buffer> } {
  const isShort = entries.length + (listed.mends?.length ?? 0) <= LIMITS.manifestLinesKept;
  const kept = isShort ? [...linesOf(entries, listed)] : undefined;
  let bytes = 0;
  for (const line of kept ?? linesOf(entries, listed)) bytes += Buffer.byteLength(line);
  return { bytes, blocks: () => blocksOf(kept ?? linesOf(entries, listed)) };
}

function* linesOf(entries: readonly Entry[], { mends = [], ...listed }: Listed): Generator<string> {
  for (const entry of manifestEntries(entries, listed)) yield formatEntry(entry);
  for (const { entry, sha256 } of mends) {
    const sums = { of: () => sha256 };
    for (const line of manifestEntries([entry], { ...listed, sums })) yield formatEntry(line, 'mended');
  }
}

/** One record for each member, in the order of the archive. */
function* manifestEntries(entries: readonly Entry[], { ownership, sums }: Listed): Generator<ManifestEntry> {
  const linked = new Set(entries.flatMap((entry) => (entry.type === 'hardlink' ? [entry.to] : [])));
  const contents = new Map<string, Contents>();
  let files = 0;
  for (const entry of entries) {
    const own = entry.type === 'file' ? { size: entry.size, sha256: sums.of(files++) } : undefined;
    if (own !== undefined && linked.has(entry.member)) contents.set(entry.member, own);
    const { size, sha256 } = own ?? (entry.type === 'hardlink' ? contents.get(entry.to) : undefined) ?? EMPTY;
    const target = entry.type === 'symlink' ? entry.target : '';
    const { mtimeNs, member: path } = entry;
    yield { path, ...attributesOf(entry, ownership), size, mtimeNs, sha256, target };
  }
}

type Contents = Pick<ManifestEntry, 'size' | 'sha256'>;

const EMPTY: Contents = { size: 0, sha256: '' };

async function* blocksOf(lines: Iterable<string>): AsyncGenerator<Buffer> {
  let block = '';
  for (const line of lines) {
    block += line;
    if (block.length < LIMITS.smallFileBytes) continue;
    yield Buffer.from(block);
    block = '';
  }
  if (block !== '') yield Buffer.from(block);
}

/** One line, with its newline. Path and target are quoted as words of sh, so that they may hold anything, and may be empty. */
export function formatEntry(
  { path, mode, uid, gid, size, mtimeNs, sha256, target }: ManifestEntry,
  word: 'member' | 'mended' = 'member',
): string {
  const facts = `${mode.toString(16)} ${uid}:${gid} ${size} ${formatTime(mtimeNs)} ${sha256 || '-'}`;
  return `${word} ${facts} ${quoteField(path)} ${quoteField(target)}\n`;
}

const NS = 1_000_000_000n;

/** Seconds, rounded down, and nine digits, as `stat` has it: -1.5 s is `-2.500000000`. */
export function formatTime(mtimeNs: bigint): string {
  const nanoseconds = ((mtimeNs % NS) + NS) % NS;
  return `${(mtimeNs - nanoseconds) / NS}.${String(nanoseconds).padStart(9, '0')}`;
}

/** One word of sh on one line: `$n` is a newline in the programs that read the list. */
export function quoteField(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll('\n', `'"$n"'`)}'`;
}
