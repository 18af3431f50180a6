/** What git itself says of names: the oracle of `--gitignore`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { CWD } from './generate-invocation.ts';

/** A repository without a commit: git needs one to be asked. */
const REPOSITORY = '/srv/git';

/** Those of these paths below CWD that git would ignore; a directory that is not there has a slash behind it. */
export function ignoredByGit(paths: readonly string[]): ReadonlySet<string> {
  makeRepository();
  const isOfGit = (path: string) => `${path}/`.includes('/.git/');
  // What is in a directory says nothing of it.
  const asked = paths.filter((path) => !isOfGit(path) && path !== '/' && path !== '');
  const options = [`--git-dir=${REPOSITORY}`, `--work-tree=${CWD}`, '-c', 'core.excludesFile=/dev/null'];
  // A path that begins with a colon would be more to git.
  const input = asked.map((path) => `.${path}\0`).join('');
  const told = ask([...options, 'check-ignore', '--no-index', '-z', '--stdin'], input);
  return new Set([
    ...told.split('\0').flatMap((path) => (path === '' ? [] : [path.slice(1).replace(/\/$/, '')])),
    ...paths.filter(isOfGit).map((path) => path.replace(/\/$/, '')),
  ]);
}

function ask(words: readonly string[], input: string): string {
  if (input === '') return '';
  try {
    return execFileSync('git', words, { cwd: CWD, input, encoding: 'utf8' });
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
