/** The meaning of `$tag`: a tag of the rollout file, else a group or label of the files of groups. Pure. */
import { LIMITS } from '../core/limits/limits.ts';
import type { Catalogue, Entry } from '../targets/catalogue.ts';
import type { ListedTarget } from '../targets/host-list.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Hosts, Members } from './hosts.ts';
import type { Mistakes } from './mistakes.ts';
import type { PluginCall, RolloutFile, TagRef } from './rollout-file.ts';

/** The hosts that the programs of a rollout file have printed. */
export type Printed = ReadonlyMap<PluginCall, readonly ListedTarget[]>;

/** A tag that exists. */
export interface Found {
  /** As a person calls it: `coast`, `coast.east`. */
  readonly name: string;
  readonly entries: readonly Entry[];
  /** By their own names: `east`. A value has no parts here. */
  readonly values: ReadonlyMap<string, readonly Entry[]>;
}

export class Tags {
  readonly #file: RolloutFile['tags'];
  readonly #catalogue: Catalogue;
  readonly #printed: Printed;
  readonly #hosts: Hosts;
  readonly #found = new Map<string, Found | undefined>();
  readonly #members = new Map<readonly Entry[], Members>();

  constructor(file: RolloutFile['tags'], { catalogue, printed, hosts }: TagSources) {
    this.#file = file;
    this.#catalogue = catalogue;
    this.#printed = printed;
    this.#hosts = hosts;
  }

  /** Makes all hosts of the file known to its patterns. */
  learnFile(mistakes: Mistakes): void {
    for (const name of this.#file.keys()) {
      const own = this.#ownEntries(name);
      mistakes.catch(() => this.#hosts.learn(own));
    }
  }

  /** Finds a tag, and learns its hosts; undefined, with a mistake, if there is none. */
  require(ref: TagRef, mistakes: Mistakes): Found | undefined {
    const found = this.find(ref);
    if (found === undefined) mistakes.add(ref.place, `there is no tag ${quoteInput(ref.name)}`, this.#hint());
    else if (!this.#file.has(ref.name)) mistakes.catch(() => this.#hosts.learn(found.entries));
    return found;
  }

  find({ name, place }: Pick<TagRef, 'name' | 'place'>): Found | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#ofFile(name) ?? this.#ofGroups(name, place));
    return this.#found.get(name);
  }

  members(entries: readonly Entry[]): Members {
    const known = this.#members.get(entries);
    if (known !== undefined) return known;
    const members = this.#hosts.membersOf(entries);
    this.#members.set(entries, members);
    return members;
  }

  #ofFile(name: string): Found | undefined {
    const tag = this.#file.get(name);
    if (tag === undefined) return undefined;
    const values = tag.values.map((value) => [value.slice(name.length + 1), this.#entriesOf(value)] as const);
    return { name, entries: this.#entriesOf(name), values: new Map(values) };
  }

  /** Values are part of their tag. */
  #entriesOf(name: string): readonly Entry[] {
    const values = this.#file.get(name)?.values ?? [];
    return [...this.#ownEntries(name), ...values.flatMap((value) => this.#entriesOf(value))];
  }

  #ownEntries(name: string): readonly Entry[] {
    const { hosts = [], calls = [] } = this.#file.get(name) ?? {};
    return [...hosts, ...calls.flatMap((call) => this.#printed.get(call) ?? [])];
  }

  #ofGroups(name: string, place: TagRef['place']): Found | undefined {
    const { groups, labels } = this.#catalogue;
    const entry = (text: string): ListedTarget => ({
      text,
      get source() {
        return place();
      },
    });
    if (groups.has(name)) return { name, entries: [entry(`@${name}`)], values: new Map() };
    const whole = labels.get(name);
    if (whole !== undefined) {
      const values = [...whole.keys()].map((value) => [value, [entry(`@${name}=${value}`)]] as const);
      return { name, entries: values.flatMap(([, entries]) => entries), values: new Map(values) };
    }
    // Names of labels and values may themselves hold dots.
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
      const [label, value] = [name.slice(0, dot), name.slice(dot + 1)];
      if (labels.get(label)?.has(value))
        return { name, entries: [entry(`@${label}=${value}`)], values: new Map() };
    }
    return undefined;
  }

  #hint(): string {
    const { groups, labels } = this.#catalogue;
    const names = [...new Set([...this.#file.keys(), ...groups.keys(), ...labels.keys()])];
    if (names.length === 0) return 'tag: {web: [web1, web2]} makes one';
    const shown = names.slice(0, LIMITS.groupNamesShown).map((name) => quoteInput(name));
    const more = names.length - shown.length;
    return `there are ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
}

interface TagSources {
  readonly catalogue: Catalogue;
  readonly printed: Printed;
  readonly hosts: Hosts;
}
