/** `tag` and `plugins` of a rollout file. Pure. */
import { isRecord } from '../core/is-record.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import { parseExpression } from '../targets/expression.ts';
import type { ListedTarget } from '../targets/host-list.ts';
import { targetsOf } from '../targets/pick.ts';
import { refusedAt } from '../targets/refusal.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { PositionText } from './mistakes.ts';
import { type Path, type Reader, shown, TAG_HINT, TAG_NAME, type Table } from './reader.ts';
import type { PluginCall, Tag } from './rollout-file.ts';

interface Draft extends Tag {
  readonly values: string[];
  hosts: ListedTarget[];
  calls: PluginCall[];
  /** It has a list of its own. */
  isLeaf: boolean;
}

export function readTags(document: Table, reader: Reader): ReadonlyMap<string, Tag> {
  return new TagReader(reader, readPlugins(document, reader)).read(document.tag);
}

/** A program for each name. */
function readPlugins({ plugins }: Table, reader: Reader): ReadonlyMap<string, string> {
  const table = reader.table(plugins, ['plugins'], 'plugins');
  return new Map(
    Object.entries(table).flatMap(([name, value]) => {
      const program = reader.text(value, ['plugins', name], 'program of this machine');
      return program === undefined ? [] : [[name, program]];
    }),
  );
}

class TagReader {
  readonly #reader: Reader;
  readonly #plugins: ReadonlyMap<string, string>;
  readonly #tags = new Map<string, Draft>();

  constructor(reader: Reader, plugins: ReadonlyMap<string, string>) {
    this.#reader = reader;
    this.#plugins = plugins;
  }

  read(value: unknown): ReadonlyMap<string, Tag> {
    this.#readTable(this.#reader.table(value, ['tag'], 'tag'), ['tag'], '');
    return this.#tags;
  }

  /** `colo.usa: […]` is `colo: {usa: […]}`. */
  #readTable(table: Table, path: Path, parent: string): void {
    for (const [key, value] of Object.entries(table)) {
      const name = parent === '' ? key : `${parent}.${key}`;
      const place = this.#reader.place(path, key);
      if (!TAG_NAME.test(key) || name.length > ROLLOUT_LIMITS.tagCharsMax)
        this.#reader.mistakes.add(place, `${quoteInput(key)} is no name of a tag`, TAG_HINT);
      else this.#readTag(name, value, { path: [...path, key], place });
    }
  }

  #readTag(name: string, value: unknown, { path, place }: { path: Path; place: PositionText }): void {
    const tag = this.#draft(name);
    const hasValues = isRecord(value);
    if (tag.isLeaf || (!hasValues && tag.values.length > 0)) {
      const why = tag.isLeaf ? 'stands twice' : 'has values, and so no hosts of its own';
      return this.#reader.mistakes.add(place, `the tag ${quoteInput(name)} ${why}`);
    }
    if (hasValues) return this.#readTable(value, path, name);
    tag.isLeaf = true;
    for (const above of parentsOf(name)) {
      if (!this.#tags.get(above)?.isLeaf) continue;
      this.#reader.mistakes.add(place, `the tag ${quoteInput(above)} has hosts, and so no values`);
    }
    if (value !== null && value !== undefined) this.#readHosts(tag, value, path);
  }

  #draft(name: string): Draft {
    const known = this.#tags.get(name);
    if (known !== undefined) return known;
    const dot = name.lastIndexOf('.');
    if (dot > 0) this.#draft(name.slice(0, dot)).values.push(name);
    const draft: Draft = { values: [], hosts: [], calls: [], isLeaf: false };
    this.#tags.set(name, draft);
    return draft;
  }

  #readHosts(tag: Draft, value: unknown, path: Path): void {
    const list = Array.isArray(value) ? value : [value];
    for (const [at, item] of list.entries()) {
      const there = Array.isArray(value) ? [...path, at] : path;
      const place = this.#reader.place(there);
      if (typeof item === 'string' && item.startsWith('$')) {
        const call = this.#call(item, place);
        if (call !== undefined) tag.calls.push(call);
      } else {
        const host = readHost(item, place, this.#reader);
        if (host !== undefined) tag.hosts.push(host);
      }
    }
  }

  #call(text: string, place: PositionText): PluginCall | undefined {
    // No program takes a NUL in its arguments.
    const [plugin = '', ...args] = text.slice(1).replaceAll('\0', '').trim().split(/\s+/);
    const program = this.#plugins.get(plugin);
    if (program !== undefined) return { plugin, program, args, place };
    const known = [...this.#plugins.keys()].map((name) => quoteInput(name)).join(', ');
    this.#reader.mistakes.add(
      place,
      `${quoteInput(`$${plugin}`)} is none of the plugins`,
      known === '' ? 'plugins: {Racks: ./racks.sh} says what $Racks is' : `there are ${known}`,
    );
    return undefined;
  }
}

/** Nearest first. */
function parentsOf(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, at) => parts.slice(0, parts.length - 1 - at).join('.'));
}

/** Reads a text that may name targets; records any visible mistake in it. */
export function readHost(item: unknown, place: PositionText, { mistakes }: Reader): ListedTarget | undefined {
  if (typeof item !== 'string' || item.trim() === '') {
    mistakes.add(place, `${shown(item)} is no host`, 'a list has hosts, as in [web1, "db[1-3]"]');
    return undefined;
  }
  const entry: ListedTarget = {
    text: item,
    get source() {
      return place();
    },
  };
  return mistakes.catch(() => {
    refusedAt(entry, () => targetsOf(parseExpression(item)));
    return entry;
  });
}
