/**
 * What an upload consists of, as `collect.ts` found it on this machine. All code that sends or places files works from these
 * values, and looks at the sources again only to read contents.
 */
import type { Protection } from './choose/protection.ts';
import type { NamedSource } from './names.ts';

interface Member extends NamedSource {
  /** `st_mode` whole, type bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Since 1970 in nanoseconds; may be negative. */
  readonly mtimeNs: bigint;
  /** With `--xattrs`, where the file has some: in the order of their names. */
  readonly xattrs?: readonly Xattr[];
}

/** An extended attribute, or an ACL as the kernel has it. Name and value are any bytes, as Latin-1. */
export interface Xattr {
  readonly name: string;
  readonly value: string;
}

export interface FileEntry extends Member {
  readonly type: 'file';
  readonly size: number;
  /** The file has holes, and is large enough that digging them on the nodes is worth a process there. */
  readonly isSparse?: true;
  /** Together with size and mtime these must still be true when the contents are read (`source.ts`). */
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
  /** `-e .`: the members are all that the destination shall hold, so that `--delete` and `--audit` look at the destination itself. */
  readonly isTop?: boolean;
  /** Which files of the nodes `--delete` spares, since patterns leave them out here; undefined where there are no patterns. */
  readonly protection?: Protection | undefined;
  /** The collected directory itself, where it becomes a directory of another name on the nodes (a release). It is no entry. */
  readonly top?: DirectoryEntry;
  /** Words of the user that patterns leave out, as the user wrote them. */
  readonly leftOut: readonly string[];
}
