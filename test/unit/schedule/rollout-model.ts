/** What a rollout may and must do, found out anew at each moment from its rules alone, as slowly as that takes. */
import type { Limit, RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import type { Cast, Rehearsal } from './rehearsal.ts';

export class RolloutModel {
  readonly #nodes: readonly string[];
  readonly #rollout: RolloutRules;
  readonly #cast: Cast;
  #seenStarts = 0;
  /** When each slot was seen to be done, by its thread and place. */
  readonly #doneAt = new Map<string, number>();

  constructor(nodes: readonly string[], rollout: RolloutRules, cast: Cast) {
    this.#nodes = nodes;
    this.#rollout = rollout;
    this.#cast = cast;
  }

  /** After each event. */
  check(seen: Rehearsal): void {
    this.checkLimits(seen);
    this.#noteDone(seen);
    for (const { node } of seen.starts.slice(this.#seenStarts)) {
      holds(!this.#isAbsent(node), `${node} is absent, and starts`);
      holds(this.#mayBeginAt(node) <= seen.now, `${node} starts too early`);
    }
    this.#seenStarts = seen.starts.length;
    if (seen.how !== undefined || this.#isStopped(seen)) return;
    for (const node of this.#nodes) {
      if (this.#hasStarted(seen, node) || this.#isAbsent(node)) continue;
      // At the very end of a pause its own event may be still to come.
      const isFree = this.#mayBeginAt(node) < seen.now && this.#hasPlaces(seen, node);
      holds(!isFree, `${node} waits for nothing`);
    }
  }

  /** What runs, and what is down by the rules, has a place. Absent nodes may be more than there are places. */
  checkLimits(seen: Rehearsal): void {
    for (const limit of this.#rollout.limits)
      holds(this.#takenBy(seen, limit).length <= limit.max, 'a limit is exceeded');
  }

  checkEnd(seen: Rehearsal): void {
    this.checkCounts(seen, 0);
    holds(seen.atWork.size === 0, 'it ends before its nodes');
    const failed = this.#nodes.filter((node) => this.#isFailed(seen, node));
    const isWhole = seen.state.openCount === 0;
    holds(isWhole || failed.length > 0, 'it ends early for no failure');
    const how = isWhole ? 'done' : this.#isStopped(seen) ? 'failed' : 'deadlocked';
    holds(seen.how === how, `it ends ${seen.how}, and not ${how}`);
  }

  /** Each node has run, was skipped with a reason, or is out of reach; and none ran more often than it was to. */
  checkCounts(seen: Rehearsal, retried: number): void {
    for (const node of this.#nodes) {
      const runs = seen.starts.filter((one) => one.node === node).length;
      holds(runs <= 1 + (this.#rollout.retry?.times ?? 0) + retried, `${node} runs too often`);
      holds(runs > 0 || seen.skips.has(node) || this.#isAbsent(node), `${node} was forgotten`);
    }
  }

  /** How long the longest chain of nodes takes, with its pauses; nothing fails. */
  longestChain(): number {
    return Math.max(...this.#nodes.map((node) => this.#endOf(node)));
  }

  #endOf(node: string): number {
    const begins = this.#before(node).map(({ thread, last }) => this.#beginOf(thread, last + 1));
    return (this.#cast.takes?.(node) ?? 1) + Math.max(0, ...begins);
  }

  #beginOf(thread: number, slot: number): number {
    const { slots, pause } = this.#rollout.threads[thread] ?? { slots: [] };
    const before = slots[slot - 1]?.nodes ?? [];
    return Math.max(...before.map((node) => this.#endOf(node))) + (typeof pause === 'object' ? pause.ms : 0);
  }

  /** For each thread the slot before that of this node. */
  #before(node: string) {
    return this.#rollout.threads.flatMap(({ slots, pause }, thread) => {
      const at = slots.findIndex(({ nodes }) => nodes.includes(node));
      const pauseMs = typeof pause === 'object' ? pause.ms : 0;
      if (at < 1) return [];
      return [{ thread, pauseMs, last: at - 1 }];
    });
  }

  #noteDone(seen: Rehearsal): void {
    for (const [thread, { slots, require }] of this.#rollout.threads.entries()) {
      for (const [at, { nodes }] of slots.entries()) {
        const key = `${thread} ${at}`;
        const isBefore = at === 0 || this.#doneAt.has(`${thread} ${at - 1}`);
        const isDone = nodes.every((node) =>
          require === 'success' ? this.#isFine(seen, node) : this.#isOver(seen, node),
        );
        if (isDone && isBefore && !this.#doneAt.has(key)) this.#doneAt.set(key, seen.now);
      }
    }
  }

  #mayBeginAt(node: string): number {
    const times = this.#before(node).map(({ thread, last, pauseMs }) => {
      return (this.#doneAt.get(`${thread} ${last}`) ?? Number.POSITIVE_INFINITY) + pauseMs;
    });
    return Math.max(0, ...times);
  }

  #hasPlaces(seen: Rehearsal, node: string): boolean {
    return this.#rollout.limits.every((limit) => {
      if (!limit.nodes.includes(node)) return true;
      const absent = limit.nodes.filter((other) => this.#isAbsentAndDown(other, limit));
      return this.#takenBy(seen, limit).length + absent.length < limit.max;
    });
  }

  #takenBy(seen: Rehearsal, limit: Limit): string[] {
    return limit.nodes.filter((node) => this.#isIn(seen, node, limit));
  }

  /** It was started, and runs, is to run again by itself, or is down; also while it waits for the places that it has not kept. */
  #isIn(seen: Rehearsal, node: string, limit: Limit): boolean {
    if (!this.#hasStarted(seen, node)) return false;
    if (seen.atWork.has(node) || seen.loose.has(node)) return true;
    const { end, status } = seen.state.tasks.get(node) ?? {};
    if (status === 'delayed' && seen.retrying.has(node)) return true;
    return (
      (status === 'delayed' || end === 'failed') && (limit.onFailure ?? this.#rollout.onFailure) !== 'release'
    );
  }

  #isStopped(seen: Rehearsal): boolean {
    const failed = this.#nodes.filter((node) => this.#isFailed(seen, node));
    const { onFailure, maxFailures = Number.POSITIVE_INFINITY } = this.#rollout;
    if (failed.length >= maxFailures || (onFailure === 'stop' && failed.length > 0)) return true;
    return this.#cast.isFailFast === true && failed.some((node) => !this.#isAbsent(node));
  }

  #isOver(seen: Rehearsal, node: string): boolean {
    return (
      this.#isAbsent(node) || (seen.ended.has(node) && !this.#willRun(seen, node) && !seen.loose.has(node))
    );
  }

  #isFine(seen: Rehearsal, node: string): boolean {
    if (this.#isAbsent(node)) return this.#rollout.unreachable === 'skip';
    return seen.ended.get(node) === 'ok' && !seen.atWork.has(node);
  }

  #isFailed(seen: Rehearsal, node: string): boolean {
    if (this.#isAbsent(node)) return this.#rollout.unreachable === 'fail';
    return seen.ended.get(node) === 'failed' && !this.#willRun(seen, node);
  }

  /** It runs, or is to run again. */
  #willRun(seen: Rehearsal, node: string): boolean {
    return seen.atWork.has(node) || seen.state.tasks.get(node)?.status === 'delayed';
  }

  #hasStarted(seen: Rehearsal, node: string): boolean {
    return seen.starts.some((one) => one.node === node);
  }

  #isAbsent(node: string): boolean {
    return this.#cast.absent?.includes(node) === true;
  }

  #isAbsentAndDown(node: string, limit: Limit): boolean {
    const { unreachable, onFailure } = this.#rollout;
    return this.#isAbsent(node) && unreachable === 'fail' && (limit.onFailure ?? onFailure) !== 'release';
  }
}

function holds(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}
