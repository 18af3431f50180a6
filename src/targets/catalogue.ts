/** The groups and labels from files of groups and from inventories. Pure. */
import { LIMITS } from '../core/limits/limits.ts';
import { type Reference, termText } from './expression.ts';
import type { ListedTarget } from './host-list.ts';
import type { Target } from './parse-target.ts';
import { Refusal } from './refusal.ts';

export interface Catalogue {
  readonly groups: ReadonlyMap<string, readonly Entry[]>;
  /** By label and value. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<string, readonly Entry[]>>;
  /** Earlier runs, by the text that names them. */
  readonly runs?: ReadonlyMap<string, readonly Entry[]>;
  /** The files that were searched, for the message about an unknown group. */
  readonly sources: readonly string[];
}

/** An item of a list, with its place, such as `./lockstep.yaml:3:9`: an expression as the user wrote it, or a host. */
export type Entry = ListedTarget | HostEntry;

/** A host of an inventory, with what that says about it. */
export interface HostEntry {
  readonly target: Target;
  readonly source: string;
}

/** Later files win, name by name. */
export function layered(catalogues: readonly Catalogue[]): Catalogue {
  return {
    groups: new Map(catalogues.flatMap(({ groups }) => [...groups])),
    labels: new Map(catalogues.flatMap(({ labels }) => [...labels])),
    sources: catalogues.flatMap(({ sources }) => sources),
  };
}

/** Inventories side by side: a group in several of them has all their hosts. */
export function joined(catalogues: readonly Catalogue[]): Catalogue {
  const groups = new Map<string, Entry[]>();
  for (const [name, entries] of catalogues.flatMap((one) => [...one.groups]))
    groups.set(name, [...(groups.get(name) ?? []), ...entries]);
  return { ...layered(catalogues), groups };
}

/** The list behind a name; `@all` is all groups together, unless a group has that name. Throws Refusal. */
export function entriesOf({ groups, labels, runs, sources }: Catalogue, term: Reference): readonly Entry[] {
  if (term.kind === 'run') {
    const found = runs?.get(termText(term));
    if (found !== undefined) return found;
    throw new Refusal('targets may name an earlier run, and groups may not', '-o run:last:failed');
  }
  if (term.kind === 'group') {
    const found = groups.get(term.name);
    if (found !== undefined) return found;
    if (term.name === 'all' && groups.size > 0) return [...groups.values()].flat();
    throw new Refusal(`there is no group ${termText(term)}`, knownHint('groups', groups, sources));
  }
  const values = labels.get(term.label);
  if (values === undefined)
    throw new Refusal(`there is no label @${term.label}`, knownHint('labels', labels, sources));
  const found = values.get(term.value);
  if (found !== undefined) return found;
  throw new Refusal(
    `the label @${term.label} has no value ${term.value}`,
    knownHint('values', values, sources),
  );
}

function knownHint(what: string, known: ReadonlyMap<string, unknown>, sources: readonly string[]): string {
  if (sources.length === 0)
    return 'groups stand in ./lockstep.yaml or ~/.config/lockstep/groups.yaml, as in "groups: {web: [web1, web2]}"';
  if (known.size === 0) return `there are no ${what} in ${sources.join(', ')}`;
  const names = [...known.keys()].slice(0, LIMITS.groupNamesShown);
  const more = known.size - names.length;
  return `${what} in ${sources.join(', ')}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
