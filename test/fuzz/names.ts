/** What may be in names, modes, owners and times; the everyday ones come more often. */
import type { Random } from '../simulation/random.ts';
import type { Spec } from './tree.ts';

const PLAIN = ['a', 'b', 'c', 'conf.d', 'named', 'tree', 'plan', 'x'];

const HOSTILE = [
  'a b',
  ' a',
  'b ',
  ' ',
  'a  b',
  'x\ny',
  '\n',
  'x\n',
  '\nx',
  'tab\tx',
  '\t',
  "it's",
  '"q"',
  "'",
  '*',
  '?',
  '[ab]',
  '[!.]*',
  '..?*',
  '-n',
  '-',
  '--',
  '-rf',
  '.hidden',
  '..two',
  '...',
  '.lockstep-x',
  '.lockstep-',
  '\\',
  '\\n',
  'a\\134b',
  '\\040',
  '$HOME',
  '$(id)',
  '`id`',
  '%s',
  '%',
  '#',
  '~',
  ':',
  'a:b',
  ';',
  '&',
  '|',
  '!',
  'é',
  'naïve ☃',
  '\r',
  'x\r',
  '\x01',
  '\x1b[31m',
  '\x7f',
  '\u2028',
  'stages',
  'roots',
  'executor',
  'old.1',
  'copy.1',
  'above',
  'time.1',
  'end',
  '{}',
  '+',
  '@1',
  '0',
  'root',
  ',',
  '=',
  'a=b',
];

/** Those that have been trouble before. */
const FAVOURITES = [
  'a b',
  'a b',
  'a b',
  ' a',
  'b ',
  'x\ny',
  '.lockstep-x',
  '.lockstep-2025-01-01',
  '-n',
  "it's",
  '*',
  '\\',
  'a:b',
];

/** A few names, of which all trees of one run are made, so that they meet. */
export function someNames(random: Random): string[] {
  const plain = Array.from({ length: random.whole(1, 3) }, () => random.pick(PLAIN));
  const hostile = Array.from({ length: random.whole(1, 4) }, () => hostileName(random));
  return [...new Set([...plain, ...hostile])];
}

function hostileName(random: Random): string {
  if (random.chance(0.04)) return 'n'.repeat(random.whole(200, 255));
  if (random.chance(0.02)) return '☃'.repeat(random.whole(60, 85));
  return random.pick(random.chance(0.4) ? FAVOURITES : HOSTILE);
}

const FILE_MODES = [
  0o644, 0o644, 0o644, 0o755, 0o600, 0o000, 0o400, 0o222, 0o444, 0o4755, 0o2755, 0o6755, 0o6777,
];
const MORE_FILE_MODES = [0o4711, 0o2644, 0o4000, 0o2000, 0o1644, 0o7777, 0o777, 0o111, 0o004];
const DIRECTORY_MODES = [
  0o755, 0o755, 0o755, 0o700, 0o500, 0o000, 0o555, 0o2755, 0o1777, 0o777, 0o300, 0o751,
];
const MORE_DIRECTORY_MODES = [0o6777, 0o3777, 0o2700, 0o2000, 0o4755, 0o400, 0o100, 0o111, 0o2555];

export function modeOf(random: Random, type: Spec['type']): number {
  if (type === 'symlink') return 0o777;
  const [usual, more] =
    type === 'file' ? [FILE_MODES, MORE_FILE_MODES] : [DIRECTORY_MODES, MORE_DIRECTORY_MODES];
  return random.pick(random.chance(0.15) ? more : usual);
}

const OWNERS: readonly (readonly [number, number])[] = [
  [1234, 1234],
  [1002, 1002],
  [1001, 1001],
  [0, 33],
  [33, 0],
  [0, 1234],
  [1002, 1234],
  [3_000_000, 5],
  [2_147_483_648, 7],
  [65_534, 65_534],
];

export function ownerOf(random: Random): readonly [number, number] {
  return random.chance(0.5) ? [0, 0] : random.pick(OWNERS);
}

/** Undefined: the present moment, to the nanosecond. */
export function timeOf(random: Random): number | undefined {
  if (random.chance(0.3)) return undefined;
  if (random.chance(0.5))
    return random.whole(1_000_000_000, 1_700_000_000) + random.pick([0, 0, 0.5, 0.000001, 0.999999]);
  return random.pick([
    0, 1, -1, -1.5, -0.5, 0.5, -2_000_000_000, 2_147_483_647, 2_147_483_648, 4_294_967_296.25, 10_000_000_000,
  ]);
}

const TARGETS = [
  'a',
  '../b',
  '/etc/passwd',
  '/nonexistent',
  '.',
  '..',
  '../..',
  '-n',
  'a b',
  'x\ny',
  "it's",
  '\\',
];

export function targetOf(random: Random, names: readonly string[]): string {
  if (random.chance(0.05)) return 'l/'.repeat(random.whole(100, 2_000));
  return random.chance(0.4) ? random.pick(names) : random.pick(TARGETS);
}

/** No two files of a run are alike, unless they are empty. */
export function contentsOf(random: Random): string {
  if (random.chance(0.1)) return '';
  if (random.chance(0.02)) return `${random.whole(1, 1e9)} ${'z'.repeat(random.whole(60_000, 300_000))}`;
  return `contents ${random.whole(1, 1e9)}${random.chance(0.3) ? '\n' : ''}`;
}
