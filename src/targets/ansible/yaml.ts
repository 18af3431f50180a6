import { parseYaml } from '../yaml-position.ts';
import type { Inventory } from './inventory.ts';
import { readTree } from './tree.ts';

/** Throws LockstepError `usage` with file, line and column. */
export function parseYamlInventory(text: string, file: string): Inventory {
  const yaml = parseYaml(text, file);
  return readTree(yaml.data, (path, key) => yaml.place(path, key));
}
