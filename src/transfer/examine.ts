/** What lies at one path of this machine, as an upload needs it. What cannot be sent is refused here, with its name. */

// Synchronous calls: a trip through the thread pool costs several times the call itself, and the walk yields between them (`collect.ts`).
import { accessSync, type BigIntStats, constants, lstatSync, readlinkSync } from 'node:fs';
import { LIMITS } from '../core/limits/limits.ts';
import type { Entry } from './entry.ts';
import { checkMember, decodeTarget, type NamedSource, refusal } from './names.ts';

export interface Found extends NamedSource {
  readonly stats: BigIntStats;
  /** Where a symbolic link leads to; else empty. */
  readonly target: string;
}

/** Undefined where `isLeftOut` says so. That is asked first, so that a file that is left out is never refused. */
export function examine(
  { member, source }: NamedSource,
  isLeftOut: (isDirectory: boolean) => boolean = () => false,
): Found | undefined {
  const stats = look(source);
  if (isLeftOut(stats.isDirectory())) return undefined;
  checkMember(member);
  // Only where the mode does not let everybody read: asking for each file doubles the cost of a walk.
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

/** `firstNames`: of files with several names, by device and inode, the member that holds the contents. New ones are added. */
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

/**
 * Whether a file takes less room than its size says. On a file system that compresses every file does, and digging holes costs a
 * process on each node, so small files never count as sparse.
 */
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

/** What lies at the path itself: a symbolic link is not followed. `word`: what a refusal calls it. */
export function look(source: string, word = source): BigIntStats {
  return onSource(word, () => lstatSync(source, { bigint: true }));
}

/** Asks the file system. An error of it becomes a usage error that names the file. */
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

/** A name that is no file may be a list with Windows line ends, the destination as rsync takes it, or an option that came too late. */
function missingHint(source: string): string | undefined {
  if (source.endsWith('\r'))
    return 'a carriage return is a part of the name: has its list the line ends of Windows?';
  if (/(?:^|\/)[\w.@-]+:(?:$|[/~])/.test(source))
    return 'the destination on the nodes is -r DIR, and the nodes are -o HOST';
  return /(?:^|\/)-[^/]*$/.test(source) ? 'options stand before the first file' : undefined;
}
