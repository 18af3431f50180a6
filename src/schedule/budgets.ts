/** The places of limits. A run has its own; runs that share limits would ask somebody who knows all their places. */
import type { Limit } from './rollout-rules.ts';

export interface Budgets {
  /** Takes one place in each of these limits, or none at all: then returns the first that is full. */
  take(limits: readonly number[]): number | undefined;
  /** One place in each of these, even if none is left: a node that is down is down. */
  occupy(limits: readonly number[]): void;
  giveBack(limits: readonly number[]): void;
  /** How many places of a limit are taken. */
  taken(limit: number): number;
}

export class OwnBudgets implements Budgets {
  readonly #max: readonly number[];
  readonly #taken: number[];

  constructor(limits: readonly Limit[]) {
    this.#max = limits.map(({ max }) => max);
    this.#taken = limits.map(() => 0);
  }

  take(limits: readonly number[]): number | undefined {
    const full = limits.find((limit) => this.taken(limit) >= (this.#max[limit] ?? 0));
    if (full === undefined) this.occupy(limits);
    return full;
  }

  occupy(limits: readonly number[]): void {
    for (const limit of limits) this.#taken[limit] = this.taken(limit) + 1;
  }

  giveBack(limits: readonly number[]): void {
    for (const limit of limits) this.#taken[limit] = this.taken(limit) - 1;
  }

  taken(limit: number): number {
    return this.#taken[limit] ?? 0;
  }
}
