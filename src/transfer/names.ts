/** From the user's words to the names of members. It decides by text alone; `collect.ts` asks the file system. */
import { isUtf8 } from 'node:buffer';
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path/posix';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { TREE } from './layout.ts';

/** A file of this machine, and what it is called in an upload. */
export interface NamedSource {
  /** The name at the destination: relative, normalised, without `..`; UTF-8. */
  readonly member: string;
  /** The absolute path on this machine. */
  readonly source: string;
}

/** One word of the user, resolved. */
export interface Root {
  readonly word: string;
  readonly member: string;
  readonly source: string;
  /** Whether the member's name counts from `/`; else it counts from the destination. */
  readonly isAbsolute: boolean;
}

/**
 * The member that a word names: its absolute path without the leading `/`, or with `relative` (`-e`)
 * the word itself, normalised. An absolute word is absolute in both cases.
 * Throws a usage error for a word that names no member below the top.
 */
export function rootOf(word: string, { relative, cwd }: { relative: boolean; cwd: string }): Root {
  if (word === '') throw refusal(word, 'the name is empty');
  const isMeantFromTop = isAbsolute(word) || !relative;
  const path = isMeantFromTop ? resolve(cwd, word) : normalize(word);
  const member = path.replace(/^\/+/, '').replace(/\/+$/, '');
  if (member === '' || member === '.') {
    throw refusal(word, 'it has no name to be sent under', 'name what is in it, one by one');
  }
  if (member.split('/').includes('..')) {
    throw refusal(word, 'its name would begin with ".."', 'leave out -e, or go to a directory above it');
  }
  checkMember(member);
  return {
    word,
    member,
    source: isMeantFromTop ? `/${member}` : join(cwd, member),
    isAbsolute: isMeantFromTop,
  };
}

/** Refuses names that no Linux node can hold, before anything is connected. */
export function checkMember(member: string): void {
  for (const component of member.split('/')) {
    if (Buffer.byteLength(component) > LIMITS.nameBytesMax) {
      throw refusal(member, `a part of the name is longer than ${LIMITS.nameBytesMax} bytes`);
    }
  }
  if (Buffer.byteLength(TREE + member) > LIMITS.pathBytesMax) {
    throw refusal(member, `the path is longer than ${LIMITS.pathBytesMax - TREE.length} bytes`);
  }
}

/** A name of the file system as text. A name that is not UTF-8 is refused: archives and shells agree on no other encoding. */
export function decodeName(bytes: Buffer, directory: string): string {
  const name = bytes.toString('utf8');
  if (isUtf8(bytes)) return name;
  const why = `the name is not UTF-8 (its bytes are ${bytes.toString('hex')})`;
  throw refusal(`${directory}/${name}`, why, 'rename it, or convert the tree with convmv');
}

/** The target of a symbolic link as text. */
export function decodeTarget(bytes: Buffer, source: string): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw refusal(source, `the link's target is not UTF-8 (its bytes are ${bytes.toString('hex')})`);
}

/** `outer`: roots that lie in no other root, each once, in byte order. `inner`: the others, which come with those. */
export function splitNested(roots: readonly Root[]): { outer: Root[]; inner: Root[] } {
  const byMember = new Map(roots.map((root) => [root.member, root]));
  // The keys are made once, since there may be a million roots.
  const keyed = [...byMember.values()].map((root) => ({ root, key: Buffer.from(root.member) }));
  const sorted = keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ root }) => root);
  const isInner = (root: Root) => ancestors(root.member).some((ancestor) => byMember.has(ancestor));
  return { outer: sorted.filter((root) => !isInner(root)), inner: sorted.filter(isInner) };
}

/** The deepest directory that contains all members; empty for the top. */
export function commonBase(members: readonly string[]): string {
  const [first = [], ...others] = members.map((member) => member.split('/').slice(0, -1));
  const differsAt = first.findIndex((part, depth) => others.some((other) => other[depth] !== part));
  return (differsAt === -1 ? first : first.slice(0, differsAt)).join('/');
}

/** A usage error that names a file. The name is quoted, so that it stays one word on one line. */
export function refusal(name: string, why: string, hint?: string): LockstepError {
  return new LockstepError(
    'usage',
    `cannot send ${JSON.stringify(name)}: ${why}`,
    hint === undefined ? {} : { hint },
  );
}

/** The directories above a member, the nearest first. */
export function ancestors(member: string): string[] {
  const found: string[] = [];
  for (let parent = dirname(member); parent !== '.'; parent = dirname(parent)) found.push(parent);
  return found;
}
