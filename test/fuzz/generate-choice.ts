/** What of the files is sent, and how they are named: `--exclude` and its like, lists of files, `--send-all`, `--checksum`. */
import { writeFileSync } from 'node:fs';
import type { Random } from '../simulation/random.ts';
import type { Invocation } from './generate-invocation.ts';
import type { Specs } from './tree.ts';

/** Beside the directory in which lockstep is called. */
const PATTERNS = '/srv/patterns';
const NAMES = '/srv/names';

/** Most runs go without. */
export function addChoice(random: Random, invocation: Invocation, specs: Specs): Invocation {
  const isUpload = invocation.mode === 'upload' || invocation.mode === 'root';
  const sendsAll = isUpload && random.chance(0.1);
  const comparesContents = isUpload && !sendsAll && random.chance(0.1);
  const excludes = random.chance(0.12) ? generatePatterns(random, specs) : [];
  const options = [...(sendsAll ? ['--send-all'] : []), ...(comparesContents ? ['--checksum'] : [])];
  if (excludes.length > 0 && random.chance(0.5)) {
    writeFileSync(PATTERNS, `${excludes.join('\n')}\n`);
    options.push('--exclude-from', PATTERNS);
  } else options.push(...excludes.map((pattern) => `--exclude=${pattern}`));
  let { argv } = invocation;
  // A list has no place beside the one directory of a release.
  if (random.chance(0.08) && (invocation.release === undefined || invocation.relative)) {
    writeFileSync(NAMES, invocation.words.map((word) => `${word}\0`).join(''));
    options.push('--files-from', NAMES);
    argv = argv.slice(0, argv.indexOf('--'));
  }
  return { ...invocation, excludes, sendsAll, comparesContents, argv: [...options, ...argv] };
}

/** Of names that mean themselves in a pattern. */
function generatePatterns(random: Random, specs: Specs): string[] {
  const names = [...specs.keys()]
    .flatMap((path) => path.split('/'))
    .filter((name) => /^[\w.-]{1,100}$/.test(name));
  if (names.length === 0) return [];
  const pattern = () => {
    const name = random.pick(names);
    return random.pick([name, name, `/${name}`, `${name}/`]);
  };
  return Array.from({ length: random.whole(1, 2) }, pattern);
}

/** Whether a member is left out, or lies in what is, from what was named on. */
export function isLeftOut(
  path: string,
  excludes: readonly string[],
  { root, isDirectory }: { root: string; isDirectory: (path: string) => boolean },
): boolean {
  const parts = path.split('/').slice(1);
  return parts.some((name, depth) => {
    const here = `/${parts.slice(0, depth + 1).join('/')}`;
    if (here.length < root.length) return false;
    return excludes.some((pattern) => {
      if (pattern.startsWith('/')) return depth === 0 && pattern === `/${name}`;
      return pattern.endsWith('/') ? pattern === `${name}/` && isDirectory(here) : pattern === name;
    });
  });
}
