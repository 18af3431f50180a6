/** What is not as it must be: a line for each name. */

import { ACCOUNTS } from './local-node.ts';
import type { Expected } from './look.ts';
import { describe, type Facts, type Tree } from './tree.ts';

export interface Comparison {
  readonly before: Tree;
  readonly after: Tree;
  readonly expected: ReadonlyMap<string, Expected>;
  /** Of the run. */
  readonly startedNs: bigint;
  readonly endedNs: bigint;
  /** The node's tools keep times of files to the second, and no others, nor owners of links. */
  readonly isCoarse: boolean;
  /** Links to one file may have become files of their own. */
  readonly mayPart: boolean;
}

const SECOND_NS = 1_000_000_000n;

export function compare(comparison: Comparison): string[] {
  const { before, after, expected } = comparison;
  const lines: string[] = [];
  // A file with two names has the group of one of their directories.
  const groups = new Map<string, number[]>();
  for (const { inode, gid, gidMayBe } of expected.values()) {
    groups.set(inode, [...(groups.get(inode) ?? []), gid, gidMayBe ?? gid]);
  }
  for (const path of new Set([...expected.keys(), ...after.keys()])) {
    const must = expected.get(path);
    const is = after.get(path);
    const wrong = wrongOf(must, is, comparison).filter(
      (what) => what !== 'group' || !groups.get(must?.inode ?? '')?.includes(is?.gid ?? -1),
    );
    if (wrong.length === 0) continue;
    if (must?.or !== undefined && wrongOf(must.or, is, comparison).length === 0) continue;
    const was = before.get(path);
    lines.push(
      [
        `${JSON.stringify(shortened(path))}: ${wrong.join(', ')}`,
        `  was    ${was === undefined ? 'nothing' : describe(was)}`,
        `  is     ${is === undefined ? 'nothing' : describe(is)}`,
        `  must   ${must === undefined ? 'not be there' : describe({ ...must, mtimeNs: must.mtimeNs as bigint })}`,
      ].join('\n'),
    );
  }
  return [...lines, ...wrongLinks(comparison)];
}

function wrongOf(must: Expected | undefined, is: Facts | undefined, comparison: Comparison): string[] {
  if (must === undefined) return is === undefined ? [] : ['it is there'];
  if (is === undefined) return ['it is not there'];
  if (must.type !== is.type) return ['type'];
  const { isCoarse } = comparison;
  // Who is not root gets no such bit from busybox's tar.
  const isDropped = isCoarse && must.type === 'directory' && must.uid === ACCOUNTS.plain.uid;
  const may = (must.modeMayHave ?? 0) | (isDropped ? 0o2000 : 0);
  const wrong: string[] = [];
  if ((must.mode & ~may) !== (is.mode & ~may)) wrong.push('mode');
  const isLink = must.type === 'symlink';
  if (!(isCoarse && isLink) && must.uid !== is.uid) wrong.push('owner');
  if (!(isCoarse && isLink) && must.gid !== is.gid) wrong.push('group');
  if (must.body !== is.body) wrong.push('contents');
  if (!isRightTime(must, is, comparison)) wrong.push('mtime');
  return wrong;
}

function isRightTime(
  { mtimeNs: must, type, inode }: Expected,
  { mtimeNs: is }: Facts,
  { startedNs, endedNs, isCoarse }: Comparison,
): boolean {
  if (must === 'any' || must === is) return true;
  if (must === 'fresh') return is >= startedNs - SECOND_NS && is <= endedNs + SECOND_NS;
  if (!isCoarse) return false;
  // busybox sets no time before 1970, nor those of what is no file.
  const isLost = must < 0n || (inode.startsWith('sent ') && type !== 'file');
  return isLost || must / SECOND_NS === is / SECOND_NS;
}

/** Names that are links to one file, and must not be; and the other way round. */
function wrongLinks({ after, expected, mayPart }: Comparison): string[] {
  const byMust = new Map<string, string[]>();
  const byIs = new Map<string, string[]>();
  for (const [path, must] of expected) {
    const is = after.get(path);
    if (must.type === 'directory' || is === undefined || is.type !== must.type) continue;
    const inode = inodeOf(must, is);
    byMust.set(inode, [...(byMust.get(inode) ?? []), path]);
    byIs.set(is.inode, [...(byIs.get(is.inode) ?? []), path]);
  }
  const apart = [...byMust.values()].filter(
    (paths) => !mayPart && new Set(paths.map((path) => after.get(path)?.inode)).size > 1,
  );
  const together = [...byIs.values()].filter(
    (paths) =>
      new Set(paths.map((path) => inodeOf(expected.get(path) as Expected, after.get(path) as Facts))).size >
      1,
  );
  return [
    ...apart.map((paths) => `${JSON.stringify(paths)} must be links to one file`),
    ...together.map((paths) => `${JSON.stringify(paths)} must be files of their own`),
  ];
}

/** Of what may stay as it is, or be replaced. */
function inodeOf({ inode, or }: Expected, is: Facts): string {
  return or !== undefined && is.inode !== inode ? or.inode : inode;
}

function shortened(path: string): string {
  return path.length <= 300
    ? path
    : `${path.slice(0, 140)} … ${path.slice(-140)} (${path.length} characters)`;
}
