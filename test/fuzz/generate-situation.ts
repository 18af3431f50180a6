/** Situations that were trouble once and that random trees meet too seldom: in some seeds one of them is sent, and nothing else. */
import type { Random } from '../simulation/random.ts';
import { addLongPath, newSpec } from './generate-tree.ts';
import type { Specs } from './tree.ts';

/** Adds its files to those of the seed. The paths that are to be named; none: the seed goes without. */
export function addSituation(random: Random, specs: Specs): string[] {
  if (random.chance(0.1)) return addBlankParents(random, specs);
  if (random.chance(0.08)) return addLongFile(random, specs);
  return [];
}

/** No other tree has these names; in each kind of order they come before those of the directories below. */
const BLANK_NAMES = ['in one', 'in  two', ' in', 'in '];
const NAMED = ['out', 'z'];

/** Parents with blanks that nobody named, beside directories that somebody did, whose attributes are to arrive. */
function addBlankParents(random: Random, specs: Specs): string[] {
  const files = random.some(BLANK_NAMES, 1).map((name) => {
    specs.set(`/${name}`, newSpec(random, [], 'directory'));
    return `/${name}/f`;
  });
  for (const path of files) specs.set(path, newSpec(random, [], 'file'));
  const directories = NAMED.map((name) => `/${name}`);
  for (const path of directories) specs.set(path, newSpec(random, [], 'directory'));
  return [...files, ...directories];
}

/** The file at the end of a path as long as one can be, or all that leads there. */
function addLongFile(random: Random, specs: Specs): string[] {
  const path = addLongPath(random, specs);
  return [random.chance(0.5) ? path : path.slice(0, path.indexOf('/', 1))];
}
