/** Ways of an upload: `--delete`, `--switch`, and `--gitignore`. Most runs go without. */
import { normalize } from 'node:path/posix';
import type { Random } from '../simulation/random.ts';
import type { Invocation } from './generate-invocation.ts';
import { newSpec } from './generate-tree.ts';
import type { Spec, Specs } from './tree.ts';

/** May add files to those that are sent. */
export function addWay(random: Random, plain: Invocation, specs: Specs): Invocation {
  const isDelete = random.chance(0.12);
  const isSwitch = !isDelete && random.chance(0.1);
  const invocation = isDelete
    ? addDelete(random, plain, specs)
    : isSwitch
      ? addSwitch(random, plain, specs)
      : plain;
  return random.chance(isDelete ? 0.15 : 0.05) ? addGitignore(random, invocation, specs) : invocation;
}

function addDelete(random: Random, plain: Invocation, specs: Specs): Invocation {
  const { mode, relative, argv } = plain;
  const isInPlace = mode === 'upload' || mode === 'root' || (mode === 'command' && !relative);
  // Without a directory of its own it is refused at once.
  if (!isInPlace || (!hasDirectory(plain, specs) && random.chance(0.9))) return plain;
  const isConfirmed = random.chance(0.85);
  return {
    ...plain,
    deletes: true,
    isConfirmed,
    argv: ['--delete', ...(isConfirmed ? ['--yes'] : []), ...argv],
  };
}

function hasDirectory({ words, place }: Invocation, specs: Specs): boolean {
  if (words.some((word) => /^\.(\/+\.?)*$/.test(word))) return place?.path.startsWith('/srv/') === true;
  return words.some((word) => [...specs.keys()].some((path) => path.startsWith(`/${normalize(`${word}/`)}`)));
}

/** Without `-e` it takes one directory. */
function addSwitch(random: Random, plain: Invocation, specs: Specs): Invocation {
  const { mode, relative, place } = plain;
  if (mode !== 'upload' || place === undefined) return plain;
  const directories = [...specs]
    .filter(([, { type }]) => type === 'directory')
    .map(([path]) => path.slice(1));
  if (!relative && directories.length === 0) return plain;
  const words = relative ? plain.words : [random.pick(['', '', './']) + random.pick(directories)];
  const kept = random.pick([undefined, undefined, 1, 2, 3]);
  const linksEqual = random.chance(0.85);
  const options = [
    '--switch',
    ...(kept === undefined ? [] : ['--keep-releases', `${kept}`]),
    ...(linksEqual ? [] : ['--no-link']),
  ];
  const before = plain.argv.slice(0, plain.argv.indexOf('--') + 1);
  return {
    ...plain,
    words,
    release: { kept: kept ?? 5, linksEqual },
    argv: [...options, ...before, ...words],
  };
}

/** In a repository or in none; where there is none, what lies above what was named would not count. */
function addGitignore(random: Random, plain: Invocation, specs: Specs): Invocation {
  const isRepository = random.chance(0.6);
  if (isRepository) {
    const directory = newSpec(random, [], 'directory');
    specs.set('/.git', directory);
    specs.set('/.git/objects', directory);
    specs.set('/.git/HEAD', { ...newSpec(random, [], 'file'), body: 'ref: refs/heads/main\n' });
  }
  const names = [...specs.keys()]
    .flatMap((path) => path.slice(path.lastIndexOf('/') + 1))
    .filter((name) => /^\w[\w.-]{0,60}$/.test(name));
  const isWhole = plain.words.some((word) => /^\.(\/+\.?)*$/.test(word));
  const isBelow = (path: string) =>
    isRepository ||
    isWhole ||
    plain.words.some((word) => path === `/${word}` || path.startsWith(`/${word}/`));
  const places = ['', ...directoriesOf(specs)].filter(
    (path) => !path.startsWith('/.git') && path.length < 1_000 && isBelow(path),
  );
  if (places.length === 0) return plain;
  for (const place of random.some(places.slice(0, 3), 1))
    specs.set(`${place}/.gitignore`, ignoreFile(random, names));
  return { ...plain, obeysGitignore: true, argv: ['--gitignore', ...plain.argv] };
}

function directoriesOf(specs: Specs): string[] {
  return [...specs].filter(([, { type }]) => type === 'directory').map(([path]) => path);
}

function ignoreFile(random: Random, names: readonly string[]): Spec {
  const name = () => (names.length === 0 ? 'a' : random.pick(names));
  const line = () => {
    const one = name();
    const ways = [
      one,
      one,
      `/${one}`,
      `${one}/`,
      `${one}*`,
      `*${one.slice(1)}`,
      `${one}/${name()}`,
      `**/${one}`,
    ];
    return random.pick([
      ...ways,
      `${one}/*`,
      `${one}/**`,
      `[!${one[0]}]*`,
      '*',
      '.*',
      `# ${one}`,
      `\\${one}`,
    ]);
  };
  const lines = Array.from({ length: random.whole(1, 4) }, () =>
    random.chance(0.3) ? `!${line()}` : line(),
  );
  return { ...newSpec(random, [], 'file'), body: `${lines.join('\n')}\n` };
}
