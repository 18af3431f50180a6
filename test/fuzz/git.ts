/** What git itself says of names: the oracle of `--gitignore`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CWD } from './generate-invocation.ts';

/** A repository without a commit: git needs one to be asked. */
const REPOSITORY = '/srv/git';
/** An overlay over CWD with more directories, whose names are as short as CWD's. */
const LAYERS = { upperdir: '/srv/u', workdir: '/srv/w' };
const MERGED = '/srv/m';

/** Those of these paths below CWD that git would ignore; a directory that is not there has a slash behind it. */
export function ignoredByGit(paths: readonly string[]): ReadonlySet<string> {
  makeRepository();
  const missing = paths.filter((path) => path.endsWith('/') && path !== '/');
  return missing.length === 0
    ? ignoredBelow(CWD, paths)
    : withDirectories(missing, (top) => ignoredBelow(top, paths));
}

/** Git looks whether a name is a directory's, so those that are on a node alone stand there for as long as it is asked. */
function withDirectories<Told>(paths: readonly string[], askBelow: (top: string) => Told): Told {
  for (const directory of [...Object.values(LAYERS), MERGED]) mkdirSync(directory);
  const layers = Object.entries({ lowerdir: CWD, ...LAYERS }).map(([name, path]) => `${name}=${path}`);
  execFileSync('mount', ['-t', 'overlay', '-o', layers.join(','), 'lockstep-fuzz', MERGED]);
  try {
    for (const path of paths) mkdirSync(join(MERGED, path), { recursive: true });
    return askBelow(MERGED);
  } finally {
    execFileSync('umount', [MERGED]);
    for (const directory of [...Object.values(LAYERS), MERGED]) rmSync(directory, { recursive: true });
  }
}

function ignoredBelow(top: string, paths: readonly string[]): ReadonlySet<string> {
  const isOfGit = (path: string) => `${path}/`.includes('/.git/');
  // What is in a directory says nothing of it.
  const asked = paths.filter((path) => !isOfGit(path) && path !== '/' && path !== '');
  const options = [`--git-dir=${REPOSITORY}`, `--work-tree=${top}`, '-c', 'core.excludesFile=/dev/null'];
  // A path that begins with a colon would be more to git.
  // Of a name with a slash behind it git takes what follows the slash, which is nothing: `*` fits that, `[!p]*` does not.
  const input = asked.map((path) => `.${path.replace(/\/$/, '')}\0`).join('');
  const told = ask([...options, 'check-ignore', '--no-index', '-z', '--stdin'], { cwd: top, input });
  return new Set([
    ...told.split('\0').flatMap((path) => (path === '' ? [] : [path.slice(1)])),
    ...paths.filter(isOfGit).map((path) => path.replace(/\/$/, '')),
  ]);
}

function ask(words: readonly string[], { cwd, input }: { cwd: string; input: string }): string {
  if (input === '') return '';
  try {
    return execFileSync('git', words, { cwd, input, encoding: 'utf8' });
  } catch (thrown) {
    // None of them.
    if ((thrown as { status?: number }).status === 1) return '';
    throw thrown;
  }
}

function makeRepository(): void {
  if (existsSync(REPOSITORY)) return;
  for (const name of ['objects', 'refs']) mkdirSync(`${REPOSITORY}/${name}`, { recursive: true });
  writeFileSync(`${REPOSITORY}/HEAD`, 'ref: refs/heads/main\n');
}
