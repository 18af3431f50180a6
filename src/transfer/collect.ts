/**
 * Finds out what an upload consists of, before any node is connected. A symbolic link is sent as a link; only one that the
 * user names with a slash behind it is followed (promise F8). What cannot be sent is refused here, with its name.
 */
import { isUtf8 } from 'node:buffer';
import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { type Choice, Chooser } from './choose/chooser.ts';
import type { Level } from './choose/gitignore.ts';
import { type LevelHere, Protection } from './choose/protection.ts';
import type { Collection, Entry } from './entry.ts';
import { entryOf, examine, type Found, look, onSource } from './examine.ts';
import {
  ancestors,
  commonBase,
  decodeName,
  type NamedSource,
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
  /** Which of the files below them are sent; left out: all. */
  readonly choice?: Choice;
}

/** Walks everything that the words name. Rejects with a usage error that names the file. */
export async function collectFiles({ words, relative, cwd, choice }: CollectRequest): Promise<Collection> {
  const named = relative ? words.flatMap((word) => namesBelow(word, cwd)) : words;
  const roots = named.map((word) => rootOf(word, { relative, cwd }));
  checkOneKind(roots);
  for (const root of roots) checkDots(root, cwd);
  const isAbsolute = roots.every((root) => root.isAbsolute);
  const isTop = relative && words.some(isHere);
  const chooser = choice && chooserFor(choice, { isAbsolute, cwd, isTop });
  const { outer, inner } = splitNested(roots);
  const walk: Walk = { entries: [], firstNames: new Map(), chooser, levels: new Map(), looked: 0 };
  if (isTop && choice?.obeysGitignore)
    walk.levels.set('', { source: cwd, level: chooser?.levelAbove(`${cwd}/.`) });
  const leftOut = new Set<Root>();
  for (const root of outer) if (!(await visitRoot(walk, root))) leftOut.add(root);
  checkReached(walk, inner);
  if (walk.entries.length === 0 && choice !== undefined) throw nothingLeft(choice);
  const members = outer.flatMap((root) => (leftOut.has(root) ? [] : root.member));
  const said = new Set(words);
  return {
    entries: walk.entries,
    roots: members,
    isAbsolute,
    base: commonBase(members),
    bytes: walk.entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0),
    files: walk.entries.filter((entry) => entry.type !== 'directory').length,
    isTop,
    protection: chooser && new Protection(chooser, walk.levels),
    leftOut: [...leftOut].flatMap(({ word }) => (said.has(word) ? [word] : [])),
  };
}

/** A pattern with a slash in it counts from the directory from which relative words count. */
function chooserFor(
  choice: Choice,
  { isAbsolute, cwd, isTop }: { isAbsolute: boolean; cwd: string; isTop: boolean },
): Chooser {
  const start = isAbsolute && cwd !== '/' ? `${cwd.slice(1)}/` : '';
  return new Chooser(choice, { start, top: isTop ? cwd : undefined });
}

function nothingLeft({ excludes, obeysGitignore }: Choice): LockstepError {
  const options = [...(excludes.length > 0 ? ['--exclude'] : []), ...(obeysGitignore ? ['--gitignore'] : [])];
  return new LockstepError(
    'usage',
    `nothing is left to send: all that was named is left out by ${options.join(' or ')}`,
    {
      hint: 'the last pattern that matches decides; one that begins with ! sends what it matches',
    },
  );
}

/** `-e .` means the names in the directory, and not the directory: the destination keeps its own owner, mode and time. */
function namesBelow(word: string, cwd: string): readonly string[] {
  if (!isHere(word)) return [word];
  const names = onSource(cwd, () => readdirSync(cwd, { encoding: 'buffer' }));
  if (names.length === 0) throw refusal(word, 'there is nothing in it');
  return names.sort(Buffer.compare).map((name) => decodeName(name, cwd));
}

function isHere(word: string): boolean {
  return /^\.(?:\/+\.?)*$/.test(word);
}

interface Walk {
  readonly entries: Entry[];
  /** Files with more than one link, by device and inode: the member that holds the contents. */
  readonly firstNames: Map<string, string>;
  readonly chooser: Chooser | undefined;
  /** Of each directory that is sent, by its member: the patterns of git that count in it. Empty without `--gitignore`. */
  readonly levels: Map<string, LevelHere>;
  /** How many names the walk has looked at. */
  looked: number;
}

/** Absolute and relative members belong to different places: `/a` and, with -e, `a` would be one member for two files. */
function checkOneKind(roots: readonly Root[]): void {
  const absolute = roots.find((root) => root.isAbsolute);
  const relative = roots.find((root) => !root.isAbsolute);
  if (absolute === undefined || relative === undefined) return;
  const why = `with -e, absolute names cannot be mixed with relative ones such as ${JSON.stringify(relative.word)}`;
  throw refusal(absolute.word, why, 'send them in two runs');
}

/** Refuses `link/../file`: the kernel goes up from where the link leads to, while a reader takes it for `file`. */
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

/**
 * Refuses a root that lies in another root and did not come with it: the walk does not go through the symbolic link between them.
 * One that patterns leave out is no mistake.
 */
function checkReached(walk: Walk, inner: readonly Root[]): void {
  if (inner.length === 0) return;
  const types = new Map(walk.entries.map(({ member, type }) => [member, type]));
  for (const root of inner) {
    if (types.has(root.member)) continue;
    examine(root);
    if (!ancestors(root.member).some((member) => types.get(member) === 'symlink')) continue;
    throw refusal(
      root.word,
      'a directory above it is sent as the symbolic link that it is',
      'send them in two runs',
    );
  }
}

/** Resolves with false where patterns leave the root out. */
async function visitRoot(walk: Walk, root: Root): Promise<boolean> {
  const level = walk.chooser?.levelAbove(root.source);
  const found = choose(walk, followed(root), level);
  if (++walk.looked % NAMES_A_TURN === 0) await nextTurn();
  if (found === undefined) return false;
  await visit(walk, found, level === 'ignored' ? undefined : level);
  return true;
}

/** Adds one file or directory and all below it, in sorted order, each directory before what is in it. */
async function visit(walk: Walk, found: Found, above: Level | undefined): Promise<void> {
  const entry = add(walk, found);
  if (entry.type !== 'directory') return;
  // The process hears Ctrl-C between two directories.
  await nextTurn();
  const names = onSource(entry.source, () => readdirSync(entry.source, { encoding: 'buffer' }));
  const level = walk.chooser?.levelIn(entry.source, above, names);
  if (level !== undefined) walk.levels.set(entry.member, { source: entry.source, level });
  for (const bytes of names.sort(Buffer.compare)) {
    const name = nameOf(walk, bytes, entry, level);
    if (name === undefined) continue;
    const place = { member: `${entry.member}/${name}`, source: `${entry.source}/${name}` };
    const child = choose(walk, place, level);
    if (child?.stats.isDirectory()) await visit(walk, child, level);
    else if (child !== undefined) add(walk, child);
    if (++walk.looked % NAMES_A_TURN === 0) await nextTurn();
  }
}

/**
 * The name as text. One that is not UTF-8 cannot be sent, and is refused, unless a pattern leaves it out (undefined). Patterns see
 * U+FFFD in place of the bytes that are not UTF-8.
 */
function nameOf(walk: Walk, bytes: Buffer, { member, source }: NamedSource, level: Level | undefined) {
  if (walk.chooser !== undefined && !isUtf8(bytes)) {
    const name = bytes.toString('utf8');
    const place = { member: `${member}/${name}`, source: `${source}/${name}` };
    if (walk.chooser.isLeftOut(place, false, level)) return undefined;
  }
  return decodeName(bytes, source);
}

/** Looks at one file; undefined where patterns leave it out. */
function choose(
  { chooser }: Walk,
  named: NamedSource,
  level: Level | 'ignored' | undefined,
): Found | undefined {
  return examine(named, chooser && ((isDirectory) => chooser.isLeftOut(named, isDirectory, level)));
}

/** After so many names the walk yields, so that another run of this process can renew its lease. */
const NAMES_A_TURN = 1_000;

function add(walk: Walk, found: Found): Entry {
  if (walk.entries.length >= LIMITS.filesMax) {
    throw refusal(found.source, `these are more than ${LIMITS.filesMax} files`);
  }
  const entry = entryOf(found, walk.firstNames);
  walk.entries.push(entry);
  return entry;
}
