/**
 * Finds out what an upload consists of, before any node is connected. Symbolic links are not followed, but one
 * that is named with a slash behind it (promise F8); whatever cannot be sent is refused here, by name.
 */

// Nothing else is under way yet that could be held up, and a trip through the thread pool costs several times the question itself.
import { accessSync, type BigIntStats, constants, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '../core/limits.ts';
import type { Collection, Entry } from './entry.ts';
import {
  checkMember,
  commonBase,
  decodeName,
  decodeTarget,
  type Root,
  refusal,
  rootOf,
  splitNested,
} from './names.ts';

export interface CollectRequest {
  /** Files and directories as the user wrote them. */
  readonly words: readonly string[];
  /** `-e`: relative words keep their names. */
  readonly relative: boolean;
  /** The directory that relative words start from, absolute. */
  readonly cwd: string;
}

/** Walks everything that the words name. Rejects with a usage error that names the file. */
export async function collectFiles({ words, relative, cwd }: CollectRequest): Promise<Collection> {
  const named = relative ? words.flatMap((word) => namesBelow(word, cwd)) : words;
  const roots = named.map((word) => rootOf(word, { relative, cwd }));
  checkOneKind(roots);
  for (const root of roots) checkDots(root, cwd);
  const { outer, inner } = splitNested(roots);
  const walk: Walk = { entries: [], firstNames: new Map() };
  for (const root of outer) await visit(walk, examine(followed(root)));
  checkReached(walk, inner);
  const members = outer.map((root) => root.member);
  return {
    entries: walk.entries,
    roots: members,
    isAbsolute: roots.every((root) => root.isAbsolute),
    base: commonBase(members),
    bytes: walk.entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0),
    files: walk.entries.filter((entry) => entry.type !== 'directory').length,
  };
}

/** `-e .` means what is in the directory: the destination's own owner, mode and time are nobody's to send. */
function namesBelow(word: string, cwd: string): readonly string[] {
  if (!/^\.(?:\/+\.?)*$/.test(word)) return [word];
  const names = onSource(cwd, () => readdirSync(cwd, { encoding: 'buffer' }));
  if (names.length === 0) throw refusal(word, 'there is nothing in it');
  return names.sort(Buffer.compare).map((name) => decodeName(name, cwd));
}

interface Walk {
  readonly entries: Entry[];
  /** Files with more than one link, by device and inode: the member that holds the contents. */
  readonly firstNames: Map<string, string>;
}

interface Place {
  readonly member: string;
  readonly source: string;
}

interface Found extends Place {
  readonly stats: BigIntStats;
  /** Of a symbolic link. */
  readonly target: string;
}

/** Absolute and relative members belong into different places, and could even be the same name for two files. */
function checkOneKind(roots: readonly Root[]): void {
  const absolute = roots.find((root) => root.isAbsolute);
  const relative = roots.find((root) => !root.isAbsolute);
  if (absolute === undefined || relative === undefined) return;
  const why = `with -e, absolute names cannot be mixed with relative ones such as ${JSON.stringify(relative.word)}`;
  throw refusal(absolute.word, why, 'send them in two runs');
}

/** `link/../file` is another file for the kernel than for the eye; only words that both read alike are sent. */
function checkDots({ word, source }: Root, cwd: string): void {
  if (!word.split('/').includes('..')) return;
  const written = look(word.startsWith('/') ? word : `${cwd}/${word}`, word);
  const meant = look(source);
  if (written.dev === meant.dev && written.ino === meant.ino) return;
  throw refusal(
    word,
    `it goes through a symbolic link, and is not ${JSON.stringify(source)}`,
    'write it without ".."',
  );
}

/** `link/` is the directory that the link leads to, under the link's name, as for the kernel, rsync and orgalorg. */
function followed(root: Root): Root {
  if (!/\/\.?$/.test(root.word) || !look(root.source).isSymbolicLink()) return root;
  return { ...root, source: `${root.source}/.` };
}

/** Roots inside others came with those, unless a symbolic link lies between. */
function checkReached(walk: Walk, inner: readonly Root[]): void {
  if (inner.length === 0) return;
  const members = new Set(walk.entries.map((entry) => entry.member));
  for (const root of inner) {
    if (members.has(root.member)) continue;
    examine(root);
    throw refusal(
      root.word,
      'a directory above it is sent as the symbolic link that it is',
      'send them in two runs',
    );
  }
}

/** In sorted order, each directory before what is in it. */
async function visit(walk: Walk, found: Found): Promise<void> {
  const entry = add(walk, found);
  if (entry.type !== 'directory') return;
  // Ctrl-C is heard between two directories.
  await nextTurn();
  const names = onSource(entry.source, () => readdirSync(entry.source, { encoding: 'buffer' }));
  for (const bytes of names.sort(Buffer.compare)) {
    const name = decodeName(bytes, entry.source);
    const child = examine({ member: `${entry.member}/${name}`, source: `${entry.source}/${name}` });
    if (child.stats.isDirectory()) await visit(walk, child);
    else add(walk, child);
    // A lease of another run in this process must not wait for a directory of 100,000 names.
    if (walk.entries.length % ENTRIES_A_TURN === 0) await nextTurn();
  }
}

const ENTRIES_A_TURN = 1_000;

function add(walk: Walk, found: Found): Entry {
  if (walk.entries.length >= LIMITS.filesMax) {
    throw refusal(found.source, `these are more than ${LIMITS.filesMax} files`);
  }
  const entry = entryOf(walk, found);
  walk.entries.push(entry);
  return entry;
}

function examine({ member, source }: Place): Found {
  checkMember(member);
  const stats = look(source);
  // Asked only where the mode leaves a doubt: the question doubles the cost of a walk.
  const mayBeClosed = stats.isFile() && (Number(stats.mode) & 0o444) !== 0o444;
  if (mayBeClosed) onSource(source, () => accessSync(source, constants.R_OK));
  const target = stats.isSymbolicLink()
    ? decodeTarget(
        onSource(source, () => readlinkSync(source, { encoding: 'buffer' })),
        source,
      )
    : '';
  return { member, source, stats, target };
}

function entryOf(walk: Walk, { member, source, stats, target }: Found): Entry {
  const common = {
    member,
    source,
    mode: Number(stats.mode),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
  };
  if (stats.isDirectory()) return { type: 'directory', ...common };
  if (stats.isSymbolicLink()) return { type: 'symlink', ...common, target };
  if (!stats.isFile())
    throw refusal(
      source,
      `it is ${kindOf(stats)}`,
      'leave it out; only files, directories and links can be sent',
    );
  const { dev, ino } = stats;
  if (stats.nlink > 1n) {
    const inode = `${dev}:${ino}`;
    const to = walk.firstNames.get(inode);
    if (to !== undefined) return { type: 'hardlink', ...common, to };
    walk.firstNames.set(inode, member);
  }
  return { type: 'file', ...common, size: Number(stats.size), dev, ino };
}

function kindOf(stats: BigIntStats): string {
  if (stats.isSocket()) return 'a socket';
  if (stats.isFIFO()) return 'a named pipe';
  return 'a device';
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of its path is not a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'too many symbolic links in its path',
  ENAMETOOLONG: 'the path is too long for this machine',
};

/** A file itself, whatever a link leads to. `word`: how the user wrote it. */
function look(source: string, word = source): BigIntStats {
  return onSource(word, () => lstatSync(source, { bigint: true }));
}

/** Asks the file system; what it refuses is refused by name. */
function onSource<T>(source: string, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw refusal(
      source,
      REASONS[code ?? ''] ?? message,
      code === 'ENOENT' ? missingHint(source) : undefined,
    );
  }
}

/** What is no file may be what other tools take for a destination, or an option that came too late. */
function missingHint(source: string): string | undefined {
  if (/(?:^|\/)[\w.@-]+:(?:$|[/~])/.test(source))
    return 'the destination on the nodes is -r DIR, and the nodes are -o HOST';
  return /(?:^|\/)-[^/]*$/.test(source) ? 'options stand before the first file' : undefined;
}
