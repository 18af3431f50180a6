/** How lockstep is called: mode, options, and the many spellings of files and of `-r`. */
import type { Random } from '../simulation/random.ts';
import { ACCOUNTS, type Account } from './local-node.ts';
import { someNames } from './names.ts';
import type { Specs } from './tree.ts';

/** Where it is called; its name is short, so that long names fit behind it. */
export const CWD = '/srv/s';

export interface Invocation {
  readonly account: Account;
  readonly sudo: boolean;
  /** shipped: `-S` with the tool that ships, which puts the files in place. command: `-S -n`. root: `-S -r`. */
  readonly mode: 'upload' | 'shipped' | 'command' | 'root';
  readonly relative: boolean;
  readonly words: readonly string[];
  readonly preserveUid: boolean;
  readonly preserveGid: boolean;
  /** `-r`, or `--to` of the shipped tool. */
  readonly place: Place | undefined;
  /** Patterns: a name anywhere, `/NAME` at the top, `NAME/` a directory. */
  readonly excludes: readonly string[];
  readonly sendsAll: boolean;
  /** Whatever size and time say. */
  readonly comparesContents: boolean;
  readonly obeysGitignore: boolean;
  /** `--delete`, and `--yes`. */
  readonly deletes: boolean;
  readonly isConfirmed: boolean;
  /** `--switch`. */
  readonly release: { readonly kept: number; readonly linksEqual: boolean } | undefined;
  /** Without the targets. */
  readonly argv: readonly string[];
}

/** A directory on the nodes. */
export interface Place {
  /** As it is written. */
  readonly given: string;
  /** What it means, from the node's root, without links; it need not be there. */
  readonly path: string;
  /** Links that lead there, and directories that stand in its spelling: on all nodes. */
  readonly links: readonly (readonly [path: string, target: string])[];
  readonly directories: readonly string[];
  /** It must be there, or its spelling means nothing. */
  readonly isThere: boolean;
}

/** `named`: paths that are what is sent; none: any. */
export function generateInvocation(random: Random, specs: Specs, named: readonly string[]): Invocation {
  const account = random.pick(['root', 'root', 'root', 'plain', 'plain', 'worker'] as const);
  const sudo = account === 'worker';
  const mode = random.pick([
    'upload',
    'upload',
    'upload',
    'upload',
    'shipped',
    'shipped',
    'command',
    'root',
  ] as const);
  const relative = random.chance(0.75);
  const needsPlace = mode === 'root' || (mode === 'upload' && random.chance(0.85));
  const mayHavePlace = needsPlace || (mode === 'shipped' && random.chance(0.7));
  const place = mayHavePlace ? generatePlace(random, account) : undefined;
  const preserveUid = !random.chance(0.12);
  const preserveGid = !random.chance(0.12);
  const words =
    named.length > 0 ? named.map((path) => path.slice(1)) : generateWords(random, specs, relative);
  const argv = [
    ...(sudo ? ['-x'] : []),
    ...(random.chance(0.15) ? ['-v'] : []),
    ...(preserveUid ? [] : ['--no-preserve-uid']),
    ...(preserveGid ? [] : ['--no-preserve-gid']),
    ...(random.chance(0.05) ? ['--lock-file', '/tmp/fuzz.lock'] : []),
    ...(relative ? ['-e'] : []),
    ...(place !== undefined && mode !== 'shipped' ? ['-r', place.given] : []),
    ...(place !== undefined && mode === 'shipped' ? ['-g', `--to=${place.given}`] : []),
    ...(mode === 'command' ? ['-n', 'true'] : []),
    mode === 'upload' ? '-U' : '-S',
    '--',
    ...words,
  ];
  const plain = { excludes: [], sendsAll: false, comparesContents: false, obeysGitignore: false };
  const ways = { deletes: false, isConfirmed: false, release: undefined };
  return { account, sudo, mode, relative, words, preserveUid, preserveGid, place, argv, ...plain, ...ways };
}

function generateWords(random: Random, specs: Specs, relative: boolean): string[] {
  if (random.chance(0.15)) return [random.pick(['.', './', './.'])];
  const tops = [...specs.keys()].filter((path) => path.lastIndexOf('/') === 0);
  const deep = [...specs.keys()];
  const count = random.whole(1, 4);
  const paths = Array.from({ length: count }, () => random.pick(random.chance(0.4) ? tops : deep));
  // Parents that nobody named, beside a directory that somebody did.
  const inside = deep.filter((path) => path.lastIndexOf('/') > 0);
  if (inside.length > 0 && random.chance(0.3)) paths.splice(0, 1, random.pick(inside), random.pick(tops));
  const isAbsolute = random.chance(0.1);
  return paths.map((path) => spelling(random, specs, path, { relative, isAbsolute }));
}

function spelling(
  random: Random,
  specs: Specs,
  path: string,
  { relative, isAbsolute }: { relative: boolean; isAbsolute: boolean },
): string {
  const name = path.slice(1);
  if (isAbsolute) return `${CWD}${path}`;
  const ways = [name, name, name, `./${name}`, `.//${name}`];
  if (specs.get(path)?.type === 'directory')
    ways.push(`${name}/`, `${name}/.`, `./${name}//`, `${name}/../${name.split('/').pop()}`);
  if (!relative || random.chance(0.05)) ways.push(`../s/${name}`);
  return random.pick(ways);
}

function generatePlace(random: Random, account: Account): Place {
  const { home } = ACCOUNTS[account];
  const name = random.chance(0.6) ? 'd' : random.pick(someNames(random));
  const plain = { links: [], directories: [], isThere: false };
  const deep = random.chance(0.4) ? `/srv/${name}/${random.pick(['e', 'e f', 'e/f'])}` : `/srv/${name}`;
  if (random.chance(0.03)) {
    const long = `/srv${`/${'p'.repeat(240)}`.repeat(random.whole(4, 15))}`;
    return { given: long, path: long, ...plain };
  }
  switch (random.whole(0, 11)) {
    case 0:
      return { given: random.pick(['/', '//', '/.']), path: '/', ...plain };
    case 1:
      return { given: random.pick(['~', '.', '$HOME', '~/', './']), path: home, ...plain };
    case 2:
      return {
        given: random.pick([`~/${name}`, `./${name}`, `$HOME/${name}`]),
        path: `${home}/${name}`,
        ...plain,
      };
    case 3:
      return { given: 'r/el', path: `${home}/r/el`, ...plain };
    case 4:
      return { given: random.pick([`${deep}/`, `${deep}//`, `${deep}/.`]), path: deep, ...plain };
    case 5:
      return { given: deep.replace('/srv/', '/srv//'), path: deep, ...plain };
    case 6:
      return {
        given: `/srv/up/../${deep.slice(5)}`,
        path: deep,
        links: [],
        directories: ['/srv/up'],
        isThere: random.chance(0.5),
      };
    case 7:
      return {
        given: random.pick(['/srv/link', '/srv/link/']),
        path: deep,
        links: [['/srv/link', deep]],
        directories: [],
        isThere: true,
      };
    case 8:
      return {
        given: `/srv/way${deep.slice(4)}`,
        path: deep,
        links: [['/srv/way', random.pick(['.', '/srv', '../srv'])]],
        directories: [],
        isThere: false,
      };
    default:
      return { given: deep, path: deep, ...plain };
  }
}
