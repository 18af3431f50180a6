/**
 * An inventory as a tree: what Ansible reads from YAML, or what dynamic inventories print as JSON, with hosts as a list
 * and their variables in `_meta`. Pure.
 */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { parseTarget } from '../parse-target.ts';
import { refusedAt } from '../refusal.ts';
import { Inventory } from './inventory.ts';
import { isRead, readVar, type Vars } from './vars.ts';

/** The place of the value at a path, or of one key in it. */
export type PositionOf = (path: readonly string[], key?: string) => string;

type Table = Readonly<Record<string, unknown>>;

/** Throws LockstepError `usage` with the place. */
export function readTree(data: unknown, place: PositionOf): Inventory {
  const inventory = new Inventory();
  for (const [name, group] of Object.entries(tableAt(data, [], place))) {
    if (name === '_meta') addMeta(inventory, group, place);
    else addGroup(inventory, { name, path: [name], data: group }, place);
  }
  return inventory;
}

interface Found {
  readonly name: string;
  readonly path: readonly string[];
  readonly data: unknown;
}

function addGroup(inventory: Inventory, { name, path, data }: Found, place: PositionOf): void {
  inventory.addGroup(name, place(path.slice(0, -1), name));
  if (path.length > LIMITS.groupDepthMax) throw wrong(place(path), 'groups lie too deep in each other');
  // A program may print a bare list of hosts.
  const group = Array.isArray(data) ? { hosts: data } : tableAt(data, path, place);
  for (const [key, value] of Object.entries(group)) {
    const below = [...path, key];
    switch (key) {
      case 'hosts':
        for (const [host, vars] of named(value, below, place))
          inventory.addHosts(name, host, readVars(vars, [...below, host], place), place(below, host));
        break;
      case 'children':
        for (const [child, inner] of named(value, below, place)) {
          inventory.addChild(name, child, place(below, child));
          if (!Array.isArray(value))
            addGroup(inventory, { name: child, path: [...below, child], data: inner }, place);
        }
        break;
      case 'vars':
        inventory.addGroupVars(name, readVars(value, below, place), place(path, key));
        break;
      default:
        throw wrong(place(path, key), `'${key}' is not known in a group`);
    }
  }
}

function addMeta(inventory: Inventory, meta: unknown, place: PositionOf): void {
  const all = tableAt(meta, ['_meta'], place).hostvars;
  for (const [host, vars] of Object.entries(tableAt(all, ['_meta', 'hostvars'], place))) {
    const path = ['_meta', 'hostvars', host];
    const source = place(path.slice(0, -1), host);
    const target = refusedAt({ text: host, source }, () => parseTarget(host));
    inventory.addHostVars(target, readVars(vars, path, place));
  }
}

/** A table, or a list of names. */
function named(data: unknown, path: readonly string[], place: PositionOf): [string, unknown][] {
  if (!Array.isArray(data)) return Object.entries(tableAt(data, path, place));
  return data.map((name) => {
    if (typeof name === 'string') return [name, undefined];
    throw wrong(place(path), 'a name is expected here');
  });
}

function readVars(data: unknown, path: readonly string[], place: PositionOf): Vars {
  const read = Object.entries(tableAt(data, path, place)).filter(([name]) => isRead(name));
  return Object.assign({}, ...read.map(([name, value]) => readVar(name, value, place(path, name))));
}

/** An empty value in YAML is an empty table. */
function tableAt(data: unknown, path: readonly string[], place: PositionOf): Table {
  if (data === undefined || data === null) return {};
  if (typeof data === 'object' && !Array.isArray(data)) return data as Table;
  throw wrong(place(path), 'a table is expected here');
}

function wrong(source: string, message: string): LockstepError {
  return new LockstepError('usage', `${source}: ${message}`, {
    hint: 'a group of an inventory has hosts, children and vars: {web: {hosts: {web1: {ansible_port: 2222}}}}',
  });
}
