/** Jobs by name, each a list of actions with roles of their own. */
import type { Action } from '../job-types.ts';
import { kindOf, type Names, namesIn, refusal } from '../names.ts';

export interface BoundAction {
  /** Sites with one of these roles run it; the schedule looks up which have it when it begins. */
  readonly roles: readonly string[];
  readonly action: Action;
}

type Actions<Shared extends object> = Action<Shared> | readonly Action<Shared>[];

export class Jobs {
  readonly #actions = new Map<string, BoundAction[]>();

  /**
   * Makes a job, or adds actions to an existing one. Without roles: the role of the job's name; without an action: the
   * job does nothing. Throws LockstepError `usage`.
   */
  add<Shared extends object = Record<string, unknown>>(name: string, action?: Actions<Shared>): void;
  add<Shared extends object = Record<string, unknown>>(
    name: string,
    roles?: Names | null,
    action?: Actions<Shared> | null,
  ): void;
  add(name: string, ...given: readonly unknown[]): void {
    const [job] = namesIn([name], 'a job') as [string];
    const [roles, actions] = hasNoRoles(given) ? [undefined, given[0]] : given;
    const bound = namesIn(roles ?? job, 'a role');
    const added = actionsIn(actions, job).map((action) => ({ roles: bound, action }));
    this.#actions.set(job, [...(this.#actions.get(job) ?? []), ...added]);
  }

  /** Its actions, in the order of their addition; undefined if there is no such job. */
  actionsOf(name: string): readonly BoundAction[] | undefined {
    return this.#actions.get(name);
  }

  has(name: string): boolean {
    return this.#actions.has(name);
  }

  /** In the order of their addition. */
  names(): string[] {
    return [...this.#actions.keys()];
  }
}

/** `add(name, action)`, `add(name, [action, …])`. */
function hasNoRoles([first]: readonly unknown[]): boolean {
  if (!Array.isArray(first)) return typeof first === 'function';
  return first.some((one) => typeof one === 'function');
}

function actionsIn(given: unknown, job: string): Action[] {
  if (given === undefined || given === null) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  for (const action of list) {
    if (typeof action === 'function') continue;
    throw refusal(
      `an action of the job '${job}' is a function, and not ${kindOf(action)}`,
      "jobs.add('name', 'role', async ({ shell }) => { … })",
    );
  }
  return list as Action[];
}
