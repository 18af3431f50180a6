/**
 * From expressions to the targets that they name: expands ranges, looks up groups, leaves out exclusions. Pure.
 * A target behind `&` and `!` matches by what it says: `web1` is every web1, with any login name; `ann@web1` is hers
 * alone.
 */
import { LockstepError } from '../core/errors.ts';
import { isLike } from '../core/is-like.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import { type Catalogue, type Entry, entriesOf } from './catalogue.ts';
import { expandRanges } from './expand-ranges.ts';
import {
  type Expression,
  type Filter,
  parseExpression,
  type Reference,
  type Term,
  termText,
} from './expression.ts';
import type { ListedTarget } from './host-list.ts';
import { parseTarget, type Target } from './parse-target.ts';
import { Refusal, refusedAt } from './refusal.ts';

/** A target with what the user wrote for it. */
export interface Picked {
  readonly target: Target;
  readonly given: string;
}

export interface Picks {
  readonly picked: readonly Picked[];
  /** `!…` that left nothing out. */
  readonly idle: readonly ListedTarget[];
  /** Targets named more than once. */
  readonly again: readonly Picked[];
}

/** User and port for targets that do not name them. */
export type Complete = (target: Target) => Pick<Node, 'user' | 'port'>;

export type Covers = (picked: Picked) => boolean;

export class Picker {
  readonly #catalogue: Catalogue;
  readonly #complete: Complete;
  readonly #members = new Map<string, readonly Picked[]>();
  readonly #covers = new Map<string, Covers>();
  /** The groups that it is looking into, outermost first. */
  readonly #path: string[] = [];

  constructor(catalogue: Catalogue, complete: Complete) {
    this.#catalogue = catalogue;
    this.#complete = complete;
  }

  /** Each target once, in the order of the list. Throws LockstepError `usage`, with the place of the mistake. */
  pick(entries: readonly Entry[]): Picks {
    const found = new Map<string, Picked>();
    const again: Picked[] = [];
    const exclusions: { entry: ListedTarget; covers: Covers }[] = [];
    for (const entry of entries) {
      for (const one of this.#named(entry, exclusions)) {
        const key = this.#key(one);
        if (found.has(key)) again.push(one);
        else found.set(key, one);
        if (found.size > LIMITS.nodesMax) throw tooManyTargets();
      }
    }
    const idle = new Set(exclusions.map(({ entry }) => entry));
    const picked = [...found.values()].filter((one) => {
      const leaving = exclusions.filter(({ covers }) => covers(one));
      for (const { entry } of leaving) idle.delete(entry);
      return leaving.length === 0;
    });
    return { picked, idle: [...idle], again };
  }

  /** Tells whether a target is among those of this entry. Throws LockstepError `usage`. */
  covers(entry: ListedTarget): Covers {
    return refusedAt(entry, () => {
      const expression = parseExpression(entry.text);
      const covers = this.#coversOf(expression);
      return expression.isExclusion ? (one) => !covers(one) : covers;
    });
  }

  /** Tells whether a target is among those of a list. Throws LockstepError `usage`. */
  coversOfEntries(entries: readonly Entry[]): Covers {
    const targets: Target[] = [];
    const [others, exclusions]: [Covers[], Covers[]] = [[], []];
    for (const entry of entries) {
      if ('target' in entry) targets.push(entry.target);
      else
        refusedAt(entry, () => {
          const expression = parseExpression(entry.text);
          const named = targetsOf(expression);
          if (named !== undefined) targets.push(...named);
          else (expression.isExclusion ? exclusions : others).push(this.#coversOf(expression));
        });
    }
    const covers = [this.#coversOfTargets(targets), ...others];
    return (one) => covers.some((test) => test(one)) && !exclusions.some((test) => test(one));
  }

  #named(entry: Entry, exclusions: { entry: ListedTarget; covers: Covers }[]): readonly Picked[] {
    if ('target' in entry) return [{ target: entry.target, given: entry.target.host }];
    return refusedAt(entry, () => {
      const expression = parseExpression(entry.text);
      if (!expression.isExclusion) return this.#membersOf(expression);
      exclusions.push({ entry, covers: this.#coversOf(expression) });
      return [];
    });
  }

  /** Host names have no case: `Web1` and `web1` would wait for each other's lock. */
  #key({ target }: Picked): string {
    const { user, port } = this.#complete(target);
    return `${user}@${target.host.toLowerCase()}:${port}`;
  }

  #membersOf({ first, filters }: Expression): readonly Picked[] {
    const passes = this.#passes(filters);
    return this.#membersOfTerm(first).filter(passes);
  }

  #membersOfTerm(term: Term): readonly Picked[] {
    switch (term.kind) {
      case 'target':
        return expandRanges(term.text).map((given) => ({ target: parseTarget(given), given }));
      case 'pattern':
        return this.#membersOfTerm({ kind: 'group', name: 'all' }).filter(this.#coversOfTerm(term));
      default:
        return this.#within(term, this.#members, (entries) => this.pick(entries).picked);
    }
  }

  #coversOf({ first, filters }: Expression): Covers {
    const [covers, passes] = [this.#coversOfTerm(first), this.#passes(filters)];
    return (one) => covers(one) && passes(one);
  }

  #passes(filters: readonly Filter[]): Covers {
    const tests = filters.map(({ keeps, term }) => ({ keeps, covers: this.#coversOfTerm(term) }));
    return (one) => tests.every(({ keeps, covers }) => covers(one) === keeps);
  }

  #coversOfTerm(term: Term): Covers {
    switch (term.kind) {
      case 'target':
        return this.#coversOfTargets(expandRanges(term.text).map((given) => parseTarget(given)));
      case 'pattern':
        return ({ target }) => isLike(term.pattern.toLowerCase(), target.host.toLowerCase());
      default:
        return this.#within(term, this.#covers, (entries) => this.coversOfEntries(entries));
    }
  }

  #coversOfTargets(targets: readonly Target[]): Covers {
    const byHost = new Map<string, Target[]>();
    for (const target of targets) {
      const host = target.host.toLowerCase();
      byHost.set(host, [...(byHost.get(host) ?? []), target]);
    }
    return (one) => {
      const named = byHost.get(one.target.host.toLowerCase());
      if (named === undefined) return false;
      const { user, port } = this.#complete(one.target);
      return named.some((it) => (it.user ?? user) === user && (it.port ?? port) === port);
    };
  }

  /** Keeps the result for a group: groups in groups would be counted again and again. */
  #within<T>(term: Reference, known: Map<string, T>, find: (entries: readonly Entry[]) => T): T {
    const name = termText(term);
    const before = known.get(name);
    if (before !== undefined) return before;
    const path = [...this.#path, name];
    if (this.#path.includes(name)) throw new Refusal(`the group contains itself: ${path.join(' → ')}`);
    if (path.length > LIMITS.groupDepthMax)
      throw new Refusal(`groups lie more than ${LIMITS.groupDepthMax} deep in each other`);
    this.#path.push(name);
    const found = find(entriesOf(this.#catalogue, term));
    this.#path.pop();
    known.set(name, found);
    return found;
  }
}

/** For an expression that is only a target, or a range of them. Throws Refusal. */
export function targetsOf({ isExclusion, first, filters }: Expression): Target[] | undefined {
  if (isExclusion || filters.length > 0 || first.kind !== 'target') return undefined;
  return expandRanges(first.text).map((given) => parseTarget(given));
}

function tooManyTargets(): LockstepError {
  return new LockstepError('usage', `more than ${LIMITS.nodesMax} targets`, { hint: 'split the run' });
}
