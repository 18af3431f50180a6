/** The files that are sent: a small tree of everything that a name can be. */
import type { Random } from '../simulation/random.ts';
import { contentsOf, modeOf, ownerOf, targetOf, timeOf } from './names.ts';
import type { Spec, Specs } from './tree.ts';

/** Paths are below the directory in which lockstep is called. */
export function generateTree(random: Random, names: readonly string[]): Specs {
  const specs: Specs = new Map();
  const state = { random, names, specs, left: random.chance(0.05) ? 60 : random.whole(1, 14) };
  while (specs.size === 0) fill(state, '', 0);
  if (random.chance(0.04)) addLongPath(random, specs);
  return specs;
}

interface Filling {
  readonly random: Random;
  readonly names: readonly string[];
  readonly specs: Specs;
  left: number;
}

function fill(filling: Filling, directory: string, depth: number): void {
  const { random, names, specs } = filling;
  const count = depth === 0 ? random.whole(1, 5) : random.whole(0, 4);
  for (let at = 0; at < count && filling.left > 0; at++) {
    const path = `${directory}/${random.pick(names)}`;
    if (specs.has(path)) continue;
    filling.left -= 1;
    const isDirectory = random.chance(depth === 0 ? 0.6 : depth < 4 ? 0.35 : 0);
    specs.set(path, isDirectory ? newSpec(random, names, 'directory') : newLeaf(filling));
    if (isDirectory) fill(filling, path, depth + 1);
  }
}

function newLeaf({ random, names, specs }: Filling): Spec {
  const files = [...specs].filter(([, { type, linkTo }]) => type === 'file' && linkTo === undefined);
  const first = files.length > 0 && random.chance(0.15) ? random.pick(files) : undefined;
  if (first !== undefined) return { ...first[1], linkTo: first[0] };
  return newSpec(random, names, random.chance(0.2) ? 'symlink' : 'file');
}

export function newSpec(random: Random, names: readonly string[], type: Spec['type']): Spec {
  const [uid, gid] = ownerOf(random);
  const body = type === 'file' ? contentsOf(random) : type === 'symlink' ? targetOf(random, names) : '';
  return { type, mode: modeOf(random, type), uid, gid, time: timeOf(random), body };
}

/** One file at the end of as many directories as a path can have; its path. */
export function addLongPath(random: Random, specs: Specs): string {
  const length = random.whole(3_900, 4_080);
  let path = '';
  while (length - path.length > 250) {
    path += `/${'d'.repeat(random.whole(150, 200))}`;
    const spec = newSpec(random, [], 'directory');
    specs.set(path, spec);
  }
  path += `/${'f'.repeat(Math.max(1, length - path.length - 1))}`;
  specs.set(path, newSpec(random, [], 'file'));
  return path;
}
