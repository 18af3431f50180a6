/** A schedule carried out on nodes that are numbers: each takes its time, and ends as it is told. */
import type { Outcome } from '../../../src/core/outcome.ts';
import type { Reason, RolloutEnd } from '../../../src/core/turn.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleRules } from '../../../src/schedule/schedule-rules.ts';
import type { ScheduleEffect, ScheduleEvent } from '../../../src/schedule/schedule-state.ts';

export interface Cast {
  /** 1 where nothing is said. */
  takes?(node: string): number;
  /** Whether its n-th run fails; none does where nothing is said. */
  fails?(node: string, run: number): boolean;
  /** Whether the node is lost in its n-th run, instead of its end; and how long its work goes on there: undefined means that nobody knows. */
  loses?(node: string, run: number): { readonly workMs: number | undefined } | undefined;
  readonly absent?: readonly string[];
  readonly down?: readonly string[];
  readonly again?: readonly string[];
  readonly unbegun?: readonly string[];
  readonly isFailFast?: boolean;
  /** Wishes, by the time at which they are heard: after what ends then. */
  readonly wishes?: readonly (readonly [at: number, event: ScheduleEvent])[];
  /** Called after each event. */
  see?(rehearsal: Rehearsal): void;
}

const LOST: Outcome = { kind: 'lost', reason: 'cut' };

interface Due {
  readonly at: number;
  readonly order: number;
  readonly event: ScheduleEvent;
}

export class Rehearsal {
  readonly state;
  readonly starts: { readonly node: string; readonly at: number }[] = [];
  readonly waits = new Map<string, Reason>();
  readonly skips = new Map<string, Reason>();
  readonly effects: ScheduleEffect[] = [];
  readonly atWork = new Set<string>();
  readonly ended = new Map<string, 'ok' | 'failed'>();
  /** Lost nodes on which the work goes on, as far as anybody knows, until somebody wants to go on without them. */
  readonly loose = new Set<string>();
  /** Nodes that are to start again by themselves: they have all their places meanwhile. */
  readonly retrying = new Set<string>();
  how: RolloutEnd | undefined;
  mostAtWork = 0;
  now = 0;
  readonly #cast: Cast;
  readonly #due: Due[] = [];
  readonly #runs = new Map<string, number>();
  #order = 0;

  constructor(nodes: readonly string[], rollout: Partial<RolloutRules>, cast: Cast = {}) {
    const { absent = [], down = [], again = [], unbegun = [], isFailFast = false, wishes = [] } = cast;
    const rules: ScheduleRules = { nodes, isFailFast, endedMs: 20, leftMs: 2, absent, down, again, unbegun };
    this.#cast = cast;
    this.state = createSchedule({
      ...rules,
      rollout: { threads: [], limits: [], onFailure: 'hold', unreachable: 'fail', ...rollout },
    });
    for (const [at, event] of wishes) this.#due.push({ at, order: Number.MAX_SAFE_INTEGER, event });
    this.#take({ type: 'begin' });
  }

  /** Until the schedule has finished, or nothing would ever happen any more. */
  toTheEnd(): this {
    while (this.how === undefined && this.#due.length > 0) {
      this.#due.sort((a, b) => a.at - b.at || a.order - b.order);
      const { at, event } = this.#due.shift() as Due;
      this.now = at;
      if (event.type === 'ended') this.#end(event);
      if (event.type === 'leash-over' || event.type === 'skipped') this.loose.delete(event.node);
      this.#take(event);
    }
    return this;
  }

  /** `{1 2} → {3}`: what started at the same time, one after the other. */
  get order(): string {
    const groups = new Map<number, string[]>();
    for (const { node, at } of this.starts) groups.set(at, [...(groups.get(at) ?? []), node]);
    return [...groups.values()].map((group) => `{${group.join(' ')}}`).join(' → ');
  }

  /** `0: 1 2, 3: 4`: what started when. */
  get times(): string {
    const groups = new Map<number, string[]>();
    for (const { node, at } of this.starts) groups.set(at, [...(groups.get(at) ?? []), node]);
    return [...groups].map(([at, group]) => `${at}: ${group.join(' ')}`).join(', ');
  }

  #end({ node, outcome }: Extract<ScheduleEvent, { type: 'ended' }>): void {
    this.atWork.delete(node);
    this.ended.set(node, outcome.kind === 'ok' ? 'ok' : 'failed');
    if (outcome.kind === 'lost') this.loose.add(node);
  }

  #take(event: ScheduleEvent): void {
    for (const effect of step(this.state, event)) this.#hear(effect);
    this.mostAtWork = Math.max(this.mostAtWork, this.atWork.size);
    this.#cast.see?.(this);
  }

  #hear(effect: ScheduleEffect): void {
    this.effects.push(effect);
    switch (effect.type) {
      case 'start':
        return this.#start(effect.node);
      case 'wait':
        return void this.waits.set(effect.node, effect.reason);
      case 'skip':
        return void this.skips.set(effect.node, effect.reason);
      case 'retry':
        this.retrying.add(effect.node);
        return this.#later(effect.afterMs, { type: 'time', node: effect.node });
      case 'leash':
        return this.#later(this.#workMsOn(effect.node) ?? 0, { type: 'leash-over', node: effect.node });
      case 'pause':
        if (effect.until !== 'confirm')
          this.#later(effect.until.ms, { type: 'pause-over', thread: effect.thread });
        return;
      case 'finish':
        this.how = effect.how;
    }
  }

  #start(node: string): void {
    const run = (this.#runs.get(node) ?? 0) + 1;
    this.#runs.set(node, run);
    this.starts.push({ node, at: this.now });
    this.atWork.add(node);
    this.retrying.delete(node);
    const outcome: Outcome = this.#cast.fails?.(node, run) ? { kind: 'exit', code: 2 } : { kind: 'ok' };
    const isLost = this.#cast.loses?.(node, run) !== undefined;
    const event: ScheduleEvent = isLost
      ? { type: 'ended', node, outcome: LOST, hasLeash: this.#workMsOn(node) !== undefined }
      : { type: 'ended', node, outcome };
    this.#later(this.#cast.takes?.(node) ?? 1, event);
  }

  #workMsOn(node: string): number | undefined {
    return this.#cast.loses?.(node, this.#runs.get(node) ?? 0)?.workMs;
  }

  #later(after: number, event: ScheduleEvent): void {
    this.#order += 1;
    this.#due.push({ at: this.now + after, order: this.#order, event });
  }
}
