/** What lockstep says while it waits for a lock: who holds it, and again only when that changes. */
import type { ControlEvent } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { sanitiseJson, sanitiseWord } from '../../text/sanitise.ts';
import { holderObject } from './lock-status.ts';

export type LockWait = Extract<ControlEvent, { type: 'lock-wait' }>;

/** `held by ann@ctl since … on 3 nodes`, on one line; safe to print. */
export function describeBlockers({ blockers }: LockWait): string {
  const [first] = blockers;
  if (first === undefined) return 'held';
  const count = first.nodes.length;
  const where = count === 1 ? (first.nodes[0]?.id ?? '') : `${count} nodes`;
  const more = blockers.length > 1 ? `, and for ${blockers.length - 1} more` : '';
  return sanitiseWord(`${first.text}, on ${where}${more}`);
}

export function waitText(event: LockWait): string {
  return `waiting up to ${event.limitMs / 1000} s for the lock, ${describeBlockers(event)}`;
}

/** Tells a wait with another holder than the last apart from one without, a bounded number of times. */
export class WaitNews {
  #last = '';
  #told = 0;

  isNews(event: LockWait): boolean {
    const now = describeBlockers(event);
    if (now === this.#last || this.#told >= LIMITS.waitNewsMax) return false;
    this.#last = now;
    this.#told++;
    return true;
  }
}

/** For `--json`. */
export function waitObject({ waitedMs, limitMs, blockers }: LockWait): string {
  const by = blockers.map(({ holders, nodes, text }) => ({
    text,
    holders: holders.map(holderObject),
    nodes: nodes.map(({ id }) => id),
  }));
  const waiting = { waitedMs: Math.round(waitedMs), limitMs, by };
  const object = { body: '', host: null, node: null, stream: 'status', waiting };
  return `${sanitiseJson(JSON.stringify(object))}\n`;
}
