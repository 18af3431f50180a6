/**
 * What an upload consists of, as `collect.ts` found it on this machine. Everything that sends or
 * places files works from these values and never looks at the sources again, except to read contents.
 */
import type { Protection } from './choose/protection.ts';

interface Member {
  /** The name at the destination: relative, normalised, without `..`; UTF-8. */
  readonly member: string;
  /** The absolute path on this machine. */
  readonly source: string;
  /** `st_mode` whole, type bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Since 1970 in nanoseconds; may be negative. */
  readonly mtimeNs: bigint;
  /** Where they are wanted and there are some: in the order of their names. */
  readonly xattrs?: readonly Xattr[];
}

/** An extended attribute, or an ACL as the kernel has it. Both may hold any bytes, and have a character for each. */
export interface Xattr {
  readonly name: string;
  readonly value: string;
}

export interface FileEntry extends Member {
  readonly type: 'file';
  readonly size: number;
  /** Takes less room here than its size, and is large enough to save some there. */
  readonly isSparse?: true;
  /** With size and mtime: what must still be true when the contents are read. */
  readonly dev: bigint;
  readonly ino: bigint;
}

export interface DirectoryEntry extends Member {
  readonly type: 'directory';
}

export interface SymlinkEntry extends Member {
  readonly type: 'symlink';
  readonly target: string;
}

/** Another name of a file that stands earlier in the list. */
export interface HardlinkEntry extends Member {
  readonly type: 'hardlink';
  readonly to: string;
}

export type Entry = FileEntry | DirectoryEntry | SymlinkEntry | HardlinkEntry;

export interface Collection {
  /** Directories before what they contain, names in byte order. Parents of the roots are not among them. */
  readonly entries: readonly Entry[];
  /** The members that the user named, in byte order; none lies inside another. */
  readonly roots: readonly string[];
  /** Whether members are meant from `/` (else from the destination's own directory, `-e`). */
  readonly isAbsolute: boolean;
  /** The deepest directory that contains all roots; empty when that is the top. */
  readonly base: string;
  /** Contents of all files, each hard-linked one once. */
  readonly bytes: number;
  /** Entries that are not directories. */
  readonly files: number;
  /** The destination itself was named for what is in it. */
  readonly isTop?: boolean;
  /** What patterns leave out; undefined where there are none. */
  readonly protection?: Protection | undefined;
  /** The directory that was named for what is in it, where that becomes one on the nodes. It is none of the entries. */
  readonly top?: DirectoryEntry;
  /** What was named and is not sent, as it was written. */
  readonly leftOut: readonly string[];
}
