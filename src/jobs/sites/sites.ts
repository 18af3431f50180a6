/** The sites of a fleet by name, and their roles. */

import { isRecord } from '../../core/is-record.ts';
import { kindOf, type Names, namesIn, refusal } from '../names.ts';
import type { Site, SiteConfig } from '../types.ts';
import { copyOf } from './copy.ts';

/** Merges two configurations: returns the result, or changes the first, which is a copy. */
export type Merge = (existing: Record<string, unknown>, config: Record<string, unknown>) => unknown;

export class Sites {
  readonly #configs = new Map<string, Record<string, unknown>>();
  readonly #members = new Map<string, Set<string>>();

  /**
   * Makes sites, or adds to existing ones: more roles, and keys of the configuration, each of which replaces the old
   * one. A new site has a role of its own name. Throws LockstepError `usage`.
   */
  add(names: Names, config?: SiteConfig, merge?: Merge): void;
  add(names: Names, roles?: Names | null, config?: SiteConfig | null, merge?: Merge): void;
  add(names: Names, ...given: readonly unknown[]): void {
    this.#put(namesIn(names, 'a site'), readChange(given));
  }

  /** The same for all sites with one of these roles; makes none. */
  update(of: Names, config?: SiteConfig, merge?: Merge): void;
  update(of: Names, roles?: Names | null, config?: SiteConfig | null, merge?: Merge): void;
  update(of: Names, ...given: readonly unknown[]): void {
    this.#put(this.list(of), readChange(given));
  }

  /** A copy; null if there is no such site. */
  get(name: string): Site | null {
    const config = this.#configs.get(name);
    return config === undefined ? null : { ...copyOf(config), name };
  }

  /** Names of the sites with one of these roles, and with one of the filter's if there are any. */
  list(roles: Names | null | undefined, filter?: Names | null): string[] {
    const found = this.#membersOf(roles);
    if (filter === undefined || filter === null) return [...found];
    const wanted = this.#membersOf(filter);
    return [...found].filter((name) => wanted.has(name));
  }

  /** Names of all sites, in the order of their addition. */
  names(): string[] {
    return [...this.#configs.keys()];
  }

  /** Names of all roles that some site has, including those of single sites. */
  roles(): string[] {
    return [...this.#members.keys()];
  }

  hasRole(role: string): boolean {
    return this.#members.has(role);
  }

  #put(names: readonly string[], { roles, config, merge }: Change): void {
    // All configurations are ready before any is kept: a merge may throw.
    const made = names.map((name) => ({ name, config: this.#merged(name, config, merge) }));
    for (const { name, config: merged } of made) {
      this.#configs.set(name, merged);
      for (const role of [name, ...roles]) this.#memberSet(role).add(name);
    }
  }

  #merged(name: string, config: SiteConfig, merge: Merge | undefined): Record<string, unknown> {
    const existing = this.#configs.get(name);
    const added = copyOf<Record<string, unknown>>({ ...config });
    const own = { ...(existing ?? {}), name };
    if (merge === undefined || existing === undefined) return { ...own, ...added, name };
    const changed = copyOf<Record<string, unknown>>(own);
    const result = merge(changed, added);
    return { ...copyOf(isRecord(result) ? result : changed), name };
  }

  #membersOf(roles: unknown): Set<string> {
    return new Set(namesIn(roles, 'a role').flatMap((role) => [...(this.#members.get(role) ?? [])]));
  }

  #memberSet(role: string): Set<string> {
    const known = this.#members.get(role) ?? new Set();
    this.#members.set(role, known);
    return known;
  }
}

interface Change {
  readonly roles: readonly string[];
  readonly config: SiteConfig;
  readonly merge: Merge | undefined;
}

/** Roles may be left out. */
function readChange(given: readonly unknown[]): Change {
  const [roles, config, merge] = isRecord(given[0]) ? [undefined, ...given] : given;
  if (config !== undefined && config !== null && !isRecord(config))
    throw refusal(`the configuration of a site is an object, and not ${kindOf(config)}`);
  if (merge !== undefined && typeof merge !== 'function')
    throw refusal(`what merges sites is a function, and not ${kindOf(merge)}`);
  return {
    roles: namesIn(roles, 'a role'),
    config: (config ?? {}) as SiteConfig,
    merge: merge as Merge | undefined,
  };
}
