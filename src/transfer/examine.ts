/** What lies at one path of this machine, as an upload needs it; what cannot be sent is refused here, by name. */

// Nothing else is under way yet that could be held up, and a trip through the thread pool costs several times the question itself.
import { accessSync, type BigIntStats, constants, lstatSync, readlinkSync } from 'node:fs';
import { LIMITS } from '../core/limits/limits.ts';
import type { Entry } from './entry.ts';
import { checkMember, decodeTarget, refusal } from './names.ts';

export interface Place {
  readonly member: string;
  readonly source: string;
}

export interface Found extends Place {
  readonly stats: BigIntStats;
  /** Of a symbolic link. */
  readonly target: string;
}

/** `isLeftOut`: undefined is returned for what is not sent, before anything of it could be refused. */
export function examine(
  { member, source }: Place,
  isLeftOut: (isDirectory: boolean) => boolean = () => false,
): Found | undefined {
  const stats = look(source);
  if (isLeftOut(stats.isDirectory())) return undefined;
  checkMember(member);
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

/** `firstNames`: files with more than one link, by device and inode: the member that holds the contents. */
export function entryOf({ member, source, stats, target }: Found, firstNames: Map<string, string>): Entry {
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
    const to = firstNames.get(inode);
    if (to !== undefined) return { type: 'hardlink', ...common, to };
    firstNames.set(inode, member);
  }
  const size = Number(stats.size);
  return { type: 'file', ...common, size, ...(isSparse(stats) ? { isSparse: true } : {}), dev, ino };
}

/** A file system that compresses says so of every file: those that are small are not worth a process on each node. */
function isSparse({ size, blocks }: BigIntStats): boolean {
  return size >= BigInt(LIMITS.sparseBytesMin) && blocks * STAT_BLOCK_BYTES < size;
}

const STAT_BLOCK_BYTES = 512n;

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
export function look(source: string, word = source): BigIntStats {
  return onSource(word, () => lstatSync(source, { bigint: true }));
}

/** Asks the file system; what it refuses is refused by name. */
export function onSource<T>(source: string, ask: () => T): T {
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
  if (source.endsWith('\r'))
    return 'a carriage return is a part of the name: has its list the line ends of Windows?';
  if (/(?:^|\/)[\w.@-]+:(?:$|[/~])/.test(source))
    return 'the destination on the nodes is -r DIR, and the nodes are -o HOST';
  return /(?:^|\/)-[^/]*$/.test(source) ? 'options stand before the first file' : undefined;
}
