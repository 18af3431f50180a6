/** What an invocation sends, by the words of docs/sync.md: which names, and below what. */
import { basename, dirname, join, normalize } from 'node:path/posix';
import { isLeftOut } from './generate-choice.ts';
import { CWD, type Invocation } from './generate-invocation.ts';
import { ignoredByGit } from './git.ts';
import { ACCOUNTS } from './local-node.ts';
import type { Sent } from './model.ts';
import type { Scope } from './model-deletes.ts';
import type { Facts, Tree } from './tree.ts';

export type Protector = (
  before: Tree,
  scopes: readonly Scope[],
) => (member: string, isDirectory: boolean) => boolean;

export interface Request {
  readonly sent: readonly Sent[];
  /** Names that count from the root directory of the nodes. */
  readonly isAbsolute: boolean;
  /** The longest name below the destination. */
  readonly bytes: number;
  /** What is in the directory was named, and not itself. */
  readonly isTop: boolean;
  /** Of a release the directory that it was here. */
  readonly top?: Facts | undefined;
  /** Which names that only a node has are left out here: they stay. */
  readonly protector: Protector;
}

const PATH_BYTES_MAX = 4_095;

/**
 * Undefined: the words mean nothing that can be sent. One with ".." is looked at as it is written, since it must mean the same with links
 * on its way; so it can be too long for this machine where the name that it means is not. `source`: what lies below CWD, and CWD itself as "".
 */
export function requestOf(invocation: Invocation, source: Tree): Request | undefined {
  const { obeysGitignore, release, relative, words } = invocation;
  const ignored = obeysGitignore ? ignoredByGit([...source.keys()]) : new Set<string>();
  if (release === undefined || relative) return sentOf(invocation, { source, ignored, base: '' });
  const base = `/${normalize(words[0] ?? '').replace(/\/$/, '')}`;
  const inside = [...source].filter(([path]) => path === base || path.startsWith(`${base}/`));
  const tree = new Map(inside.map(([path, facts]) => [path.slice(base.length), facts]));
  const request = sentOf({ ...invocation, words: ['.'], relative: true }, { source: tree, ignored, base });
  return request && { ...request, top: source.get(base) };
}

interface Origin {
  /** Below the directory from which names count, itself as "". */
  readonly source: Tree;
  /** As CWD has them. */
  readonly ignored: ReadonlySet<string>;
  /** That directory below CWD. */
  readonly base: string;
}

function sentOf(invocation: Invocation, { source, ignored, base }: Origin): Request | undefined {
  const { words, relative, excludes } = invocation;
  const isAbsolute = !relative || words.every((word) => word.startsWith('/'));
  const isTop = relative && words.some(isWhole);
  const named = words.flatMap((word) => (relative && isWhole(word) ? topsOf(source) : [word]));
  const members: string[] = [];
  for (const word of named) {
    if (word.split('/').includes('..') && Buffer.byteLength(`${CWD}/${word}`) > PATH_BYTES_MAX)
      return undefined;
    const path = trimmed(normalize(word.startsWith('/') ? word : isAbsolute ? join(CWD, word) : `/${word}`));
    if (!isAbsolute && /^\.\.(\/|$)/.test(normalize(word))) return undefined;
    members.push(path);
  }
  const roots = [...new Set(members)].filter(
    (path) => !members.some((other) => other !== path && path.startsWith(`${other}/`)),
  );
  const sent = new Map<string, Sent>();
  const here = (member: string) => (isAbsolute ? member.slice(CWD.length) : member);
  const isDirectory = (member: string) => {
    const facts = source.get(here(member));
    return facts === undefined || facts.type === 'directory';
  };
  const isOut = (member: string, root: string) =>
    isLeftOut(member, excludes, { root, isDirectory }) || ignored.has(`${base}${here(member)}`);
  for (const root of roots.sort((a, b) => Buffer.from(a).compare(Buffer.from(b)))) {
    if (isOut(root, root)) continue;
    for (const parent of parentsOf(root))
      if (!sent.has(parent)) sent.set(parent, { path: parent, source: '', facts: undefined, isRoot: false });
    for (const path of below(source, here(root))) {
      const facts = source.get(path);
      const member = isAbsolute ? `${CWD}${path}` : path;
      if (isOut(member, root)) continue;
      sent.set(member, { path: member, source: `${base}${path}`, facts, isRoot: member === root });
    }
  }
  const all = [...sent.values()];
  if (all.length === 0 || (invocation.deletes && !mayDelete(invocation, all, isTop))) return undefined;
  const bytes = Math.max(...[...sent.keys()].map((path) => Buffer.byteLength(path)));
  const protector: Protector = (before, scopes) => {
    const isIgnored = invocation.obeysGitignore ? ignoredThere(before, scopes, { source, here }) : undefined;
    return (member, isDirectory) => {
      const root = scopes.find(([scope]) => member.startsWith(`${scope}/`))?.[0] ?? '';
      const isFolder = (path: string) => path !== member || isDirectory;
      if (isLeftOut(member, excludes, { root, isDirectory: isFolder })) return true;
      return isIgnored?.has(`${base}${here(member)}`) === true;
    };
  };
  return { sent: all, isAbsolute, bytes, isTop, protector };
}

const isWhole = (word: string) => /^\.(\/+\.?)*$/.test(word);

/** It needs directories of which a file is sent; or a file of what is in one, and a place of its own. */
function mayDelete({ place, account }: Invocation, sent: readonly Sent[], isTop: boolean): boolean {
  const files = sent.filter(({ facts }) => facts?.type !== 'directory');
  if (isTop)
    return (
      files.length > 0 && place !== undefined && place.path !== '/' && place.path !== ACCOUNTS[account].home
    );
  const named = sent.filter(({ facts, isRoot }) => isRoot && facts?.type === 'directory');
  return named.length > 0 && named.every(({ path }) => files.some((one) => one.path.startsWith(`${path}/`)));
}

/** What is no directory here hides what lies below it. */
function ignoredThere(
  before: Tree,
  scopes: readonly Scope[],
  { source, here }: { source: Tree; here: (member: string) => string },
): ReadonlySet<string> {
  const paths = scopes.flatMap(([member, at]) =>
    [...before].flatMap(([path, { type }]) => {
      const name = `${here(member)}${path.slice(at.length)}`;
      // Git looks here whether it is a directory.
      const isFolder = type === 'directory' && !source.has(name);
      return path.startsWith(`${at}/`) ? [`${name}${isFolder ? '/' : ''}`] : [];
    }),
  );
  const isHidden = (path: string) =>
    parentsOf(trimmed(path)).some((above) => (source.get(above)?.type ?? 'directory') !== 'directory');
  return ignoredByGit(paths.filter((path) => !isHidden(path)));
}

function topsOf(source: Tree): string[] {
  return [...source.keys()]
    .filter((path) => path !== '' && dirname(path) === '/')
    .map((path) => basename(path));
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '');
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').filter(Boolean).slice(0, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`);
}

/** Parents first. */
function below(source: Tree, top: string): string[] {
  return [...source.keys()].filter((path) => path === top || path.startsWith(`${top}/`));
}
