/** Finds slots that wait for each other. Pure. */
import type { Members } from './hosts.ts';

export interface Order {
  /** The next waits until all hosts of the one before have ended. */
  readonly slots: readonly { readonly members: Members }[];
}

/** `thread` and `slot`, by their places: slots that wait for each other, each followed by one that waits for it. */
export interface CycleStep {
  readonly thread: number;
  readonly slot: number;
  /** The host that waits for this slot, and is in the next one of the cycle. */
  readonly host: number;
}

/** Undefined if there is none. Takes time in proportion to the places of hosts in slots. */
export function findCycle(threads: readonly Order[]): readonly CycleStep[] | undefined {
  return new Search(threads).find();
}

/** A slot that is not the last one of its thread: others wait until it is done. */
interface Gate {
  readonly thread: number;
  readonly slot: number;
  readonly waiting: Members;
}

/** A gate on the way, and how far the search through its waiters has come. */
interface Stop {
  readonly gate: number;
  readonly hosts: Iterator<number>;
  host: number;
  /** The gates that wait for this host. */
  next: Iterator<number>;
}

class Search {
  readonly #gates: Gate[] = [];
  /** For each host, the gates that it holds shut. */
  readonly #gatesOf = new Map<number, number[]>();
  readonly #seen = new Set<number>();
  readonly #seenHosts = new Set<number>();
  readonly #way: Stop[] = [];
  /** The gates on the way, and the hosts that lead from one to the next, with their places there. */
  readonly #placeOf = new Map<number, number>();
  readonly #placeOfHost = new Map<number, number>();

  constructor(threads: readonly Order[]) {
    for (const [thread, { slots }] of threads.entries()) {
      for (const [slot, { members }] of slots.slice(0, -1).entries()) {
        const gate = this.#gates.push({ thread, slot, waiting: slots[slot + 1]?.members ?? new Set() }) - 1;
        for (const host of members) {
          const gates = this.#gatesOf.get(host);
          if (gates === undefined) this.#gatesOf.set(host, [gate]);
          else gates.push(gate);
        }
      }
    }
  }

  find(): readonly CycleStep[] | undefined {
    for (const gate of this.#gates.keys()) {
      if (!this.#seen.has(gate)) this.#enter(gate);
      for (let stop = this.#way.at(-1); stop !== undefined; stop = this.#way.at(-1)) {
        const next = this.#nextGate(stop);
        const from = next === undefined ? undefined : this.#placeOf.get(next);
        if (next === undefined) this.#leave(stop);
        else if (from !== undefined)
          return this.#way.slice(from).map(({ gate: at, host }) => this.#step(at, host));
        else if (!this.#seen.has(next)) this.#enter(next);
      }
    }
    return undefined;
  }

  #enter(gate: number): void {
    this.#seen.add(gate);
    const waiting = this.#gates[gate]?.waiting ?? new Set<number>();
    this.#placeOf.set(gate, this.#way.length);
    this.#way.push({ gate, hosts: waiting.values(), host: -1, next: [].values() });
  }

  #leave({ gate }: Stop): void {
    this.#way.pop();
    this.#placeOf.delete(gate);
  }

  /** A gate that cannot open before this one. Searches what each host leads to only once. */
  #nextGate(stop: Stop): number | undefined {
    for (;;) {
      const gate = stop.next.next();
      if (!gate.done) return gate.value;
      this.#placeOfHost.delete(stop.host);
      const host = stop.hosts.next();
      if (host.done) return undefined;
      stop.host = host.value;
      const above = this.#placeOfHost.get(host.value);
      if (above !== undefined) return this.#way[above + 1]?.gate;
      if (this.#seenHosts.has(host.value)) continue;
      this.#seenHosts.add(host.value);
      this.#placeOfHost.set(host.value, this.#way.length - 1);
      stop.next = (this.#gatesOf.get(host.value) ?? []).values();
    }
  }

  #step(gate: number, host: number): CycleStep {
    const { thread = 0, slot = 0 } = this.#gates[gate] ?? {};
    return { thread, slot, host };
  }
}
