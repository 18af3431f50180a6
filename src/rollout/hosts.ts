/** All hosts that the targets and a rollout file name, and which of them a list means. Pure. */
import { LockstepError } from '../core/errors.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import type { Node } from '../core/node.ts';
import type { Catalogue, Entry } from '../targets/catalogue.ts';
import { parseExpression } from '../targets/expression.ts';
import type { Target } from '../targets/parse-target.ts';
import { type Picked, Picker, targetsOf } from '../targets/pick.ts';
import { refusedAt } from '../targets/refusal.ts';

/** Places in the list of hosts. */
export type Members = ReadonlySet<number>;

interface Host extends Picked {
  /** Undefined for a host that is no target. */
  readonly node: Node | undefined;
}

export class Hosts {
  readonly #hosts: Host[] = [];
  readonly #byName = new Map<string, number[]>();
  readonly #picker: Picker;

  constructor(nodes: readonly Node[], catalogue: Catalogue) {
    const groups = catalogue.groups.size > 0 ? catalogue.groups : NO_GROUPS;
    this.#picker = new Picker({ ...catalogue, groups }, ({ user = '', port = 0 }) => ({ user, port }));
    for (const node of nodes) {
      const { user, host, port } = node;
      this.#add({ target: { user, host, port }, given: node.given, node });
    }
  }

  /** Adds the hosts of a list that are not targets. Throws LockstepError `usage`. */
  learn(entries: readonly Entry[]): void {
    for (const entry of entries) {
      for (const one of this.#named(entry))
        if (this.#find(one.target).length === 0) this.#add({ ...one, node: undefined });
      if (this.#hosts.length > ROLLOUT_LIMITS.hostsMax)
        throw new LockstepError('usage', `the rollout file names more than ${ROLLOUT_LIMITS.hostsMax} hosts`);
    }
  }

  /** The hosts of a list, all of which `learn` must have seen. Throws LockstepError `usage`. */
  membersOf(entries: readonly Entry[]): Members {
    const targets: Target[] = [];
    for (const entry of entries) {
      const named = 'target' in entry ? [entry.target] : plainTargets(entry);
      if (named === undefined) return this.#covered(entries);
      targets.push(...named);
    }
    return new Set(targets.flatMap((target) => this.#find(target)));
  }

  /** The targets among them, in their order. */
  nodesOf(members: Members): readonly Node[] {
    return [...members].sort((one, other) => one - other).flatMap((at) => this.#hosts[at]?.node ?? []);
  }

  /** Its name in messages. */
  nameOf(at: number): string {
    return this.#hosts[at]?.target.host ?? '';
  }

  #covered(entries: readonly Entry[]): Members {
    const covers = this.#picker.coversOfEntries(entries);
    return new Set(this.#hosts.flatMap((host, at) => (covers(host) ? [at] : [])));
  }

  /** Patterns and exclusions add no host that is not known already. */
  #named(entry: Entry): readonly Picked[] {
    if ('target' in entry) return [{ target: entry.target, given: entry.target.host }];
    return refusedAt(entry, () => {
      const { first, isExclusion } = parseExpression(entry.text);
      return isExclusion || first.kind === 'pattern' ? [] : this.#picker.pick([entry]).picked;
    });
  }

  #add(host: Host): void {
    const name = host.target.host.toLowerCase();
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, [this.#hosts.length]);
    else known.push(this.#hosts.length);
    this.#hosts.push(host);
  }

  /** `web1` is every web1, with any login name. */
  #find({ host, user, port }: Target): readonly number[] {
    return (this.#byName.get(host.toLowerCase()) ?? []).filter((at) => {
      const { target } = this.#hosts[at] as Host;
      return (user ?? target.user) === target.user && (port ?? target.port) === target.port;
    });
  }
}

/** The hosts in both. */
export function both(one: Members, other: Members): Members {
  return new Set([...one].filter((at) => other.has(at)));
}

export function without(one: Members, other: Members): Members {
  return new Set([...one].filter((at) => !other.has(at)));
}

function plainTargets(entry: Extract<Entry, { readonly text: string }>): Target[] | undefined {
  return refusedAt(entry, () => targetsOf(parseExpression(entry.text)));
}

/** Patterns of labels pick from all groups; without any, they pick nothing. */
const NO_GROUPS: Catalogue['groups'] = new Map([['all', []]]);
