/** Which files are inventories, and how to read them. */
import type { Inventory } from './ansible/inventory.ts';
import type { Catalogue } from './catalogue.ts';

export type InventoryFormat = 'ini' | 'yaml' | 'json';

/** By the ending of the name; undefined: the file is a host list. */
export function inventoryFormat(path: string): InventoryFormat | undefined {
  const [, ending = ''] = /\.(ini|ya?ml|json)$/i.exec(path) ?? [];
  if (ending === '') return undefined;
  return /^y/i.test(ending) ? 'yaml' : (ending.toLowerCase() as 'ini' | 'json');
}

/** If the name's ending does not say it, the beginning of the text does. Throws LockstepError `usage`. */
export async function parseInventory(text: string, name: string): Promise<Catalogue> {
  return (await readAs(inventoryFormat(name) ?? formatOf(text), text, name)).catalogue(name);
}

function formatOf(text: string): InventoryFormat {
  const first = text.split('\n').find((line) => !/^\s*(?:[#;].*)?$/.test(line)) ?? '';
  if (first.startsWith('{')) return 'json';
  return /^---|^[\w.-]+:\s*(?:#.*)?$/.test(first) ? 'yaml' : 'ini';
}

/** Loads only the reader that it needs. */
async function readAs(format: InventoryFormat, text: string, name: string): Promise<Inventory> {
  switch (format) {
    case 'ini':
      return (await import('./ansible/ini.ts')).parseIni(text, name);
    case 'yaml':
      return (await import('./ansible/yaml.ts')).parseYamlInventory(text, name);
    case 'json':
      return (await import('./ansible/json.ts')).parseJsonInventory(text, name);
  }
}
