/** What an invocation sends, by the words of docs/sync.md: which names, and below what. */
import { basename, dirname, join, normalize } from 'node:path/posix';
import { isLeftOut } from './generate-choice.ts';
import { CWD, type Invocation } from './generate-invocation.ts';
import type { Sent } from './model.ts';
import type { Tree } from './tree.ts';

export interface Request {
  readonly sent: readonly Sent[];
  /** Names that count from the root directory of the nodes. */
  readonly isAbsolute: boolean;
  /** The longest name below the destination. */
  readonly bytes: number;
}

const PATH_BYTES_MAX = 4_095;

/**
 * Undefined: the words mean nothing that can be sent. One with ".." is looked at as it is written, since it must mean the same with links
 * on its way; so it can be too long for this machine where the name that it means is not. `source`: what lies below CWD, and CWD itself as "".
 */
export function requestOf({ words, relative, excludes }: Invocation, source: Tree): Request | undefined {
  const isAbsolute = !relative || words.every((word) => word.startsWith('/'));
  const isWhole = (word: string) => /^\.(\/+\.?)*$/.test(word);
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
  const isDirectory = (member: string) => {
    const facts = source.get(isAbsolute ? member.slice(CWD.length) : member);
    return facts === undefined || facts.type === 'directory';
  };
  const isOut = (member: string, root: string) => isLeftOut(member, excludes, { root, isDirectory });
  for (const root of roots.sort((a, b) => Buffer.from(a).compare(Buffer.from(b)))) {
    if (isOut(root, root)) continue;
    for (const parent of parentsOf(root))
      if (!sent.has(parent)) sent.set(parent, { path: parent, facts: undefined, isRoot: false });
    for (const path of below(source, isAbsolute ? root.slice(CWD.length) : root)) {
      const facts = source.get(path);
      const member = isAbsolute ? `${CWD}${path}` : path;
      if (isOut(member, root)) continue;
      sent.set(member, { path: member, facts, isRoot: member === root });
    }
  }
  if (sent.size === 0) return undefined;
  return {
    sent: [...sent.values()],
    isAbsolute,
    bytes: Math.max(...[...sent.keys()].map((path) => Buffer.byteLength(path))),
  };
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
