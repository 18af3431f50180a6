import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFailure, type Outcome } from '../../../src/core/outcome.ts';
import { createSchedule, step } from '../../../src/schedule/schedule.ts';
import type { ScheduleRules } from '../../../src/schedule/schedule-rules.ts';
import type { ScheduleEffect, ScheduleEvent } from '../../../src/schedule/schedule-state.ts';
import { often } from '../../often.ts';

const END_MS = 6;
const LEFT_MS = 2;

test('the schedule holds its promises in whatever order commands begin, leave, end or fail', () => {
  const rules = fc.record({
    count: fc.integer({ min: 1, max: 5 }),
    timeoutMs: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    isFailFast: fc.boolean(),
  });
  fc.assert(
    fc.property(rules, fc.infiniteStream(fc.nat()), ({ count, ...limits }, choices) => {
      const nodes = Array.from({ length: count }, (_, at) => `n${at}`);
      new Play({ ...limits, nodes, endedMs: END_MS, leftMs: LEFT_MS }, choices).toTheEnd();
    }),
    { numRuns: often(500) },
  );
});

/** A node as a simple model of it knows it. */
interface Model {
  hasBegun: boolean;
  beganAtMs: number;
  askedToEndAtMs: number | undefined;
  givenUp: boolean;
  timerAtMs: number | undefined;
}

class Play {
  readonly #rules: ScheduleRules;
  readonly #choices: Iterator<number>;
  readonly #models = new Map<string, Model>();
  readonly #over = new Set<string>();
  readonly #effects: ScheduleEffect[] = [];
  readonly #state;
  #nowMs = 0;
  #firstFailed: string | undefined;

  constructor(rules: ScheduleRules, choices: Iterator<number>) {
    this.#rules = rules;
    this.#choices = choices;
    this.#state = createSchedule(rules);
  }

  toTheEnd(): void {
    this.#take({ type: 'begin' });
    for (let turn = 0; this.#state.phase !== 'finished'; turn += 1) {
      expect(turn).toBeLessThan(2000);
      // After 60 turns no command ends by itself, and time passes.
      if (turn > 60) this.#last();
      else this.#any();
      this.#checkTimes();
    }
    const count = (type: ScheduleEffect['type']) =>
      this.#effects.filter((effect) => effect.type === type).length;
    expect(count('finish')).toBe(1);
    expect(this.#effects.at(-1)).toEqual({ type: 'finish', how: 'done' });
    expect(count('start')).toBe(this.#rules.nodes.length);
    expect(new Set([...this.#models.keys(), ...this.#over]).size).toBe(this.#rules.nodes.length);
    expect(this.#over.size).toBe(this.#rules.nodes.length);
  }

  #any(): void {
    const node = this.#rules.nodes[this.#choose(this.#rules.nodes.length)] ?? '';
    const model = this.#models.get(node);
    const kind = this.#choose(12);
    if (kind < 2) return this.#take({ type: 'begin' });
    if (kind < 4) return this.#pass();
    // Whatever is heard of it then comes too late, its timer too.
    if (this.#over.has(node)) return this.#take({ type: kind < 6 ? 'time' : 'left', node });
    if (model === undefined) return;
    if (kind < 8) return this.#begin(node, model);
    if (kind < 9) return this.#take({ type: 'left', node });
    if (kind === 9) return this.#take({ type: 'unwanted', node, why: { kind: 'protocol' } });
    this.#end(node, this.#choose(3) === 0 ? { kind: 'exit', code: 1 } : { kind: 'ok' });
  }

  /** What is left: all begin, time passes, and who is not ended by a rule ends. */
  #last(): void {
    const open = [...this.#models].filter(([node]) => !this.#over.has(node));
    const unbegun = open.find(([, { hasBegun }]) => !hasBegun);
    if (unbegun !== undefined) return this.#begin(...unbegun);
    if (open.some(([, { timerAtMs }]) => timerAtMs !== undefined)) return this.#pass();
    const [node] = open[0] ?? [];
    if (node !== undefined) this.#end(node, { kind: 'ok' });
  }

  #begin(node: string, model: Model): void {
    if (!model.hasBegun) model.beganAtMs = this.#nowMs;
    model.hasBegun = true;
    this.#take({ type: 'began', node });
  }

  #end(node: string, outcome: Outcome): void {
    this.#over.add(node);
    if (this.#rules.isFailFast && isFailure(outcome)) this.#firstFailed ??= node;
    this.#take({ type: 'ended', node, outcome });
  }

  #pass(): void {
    this.#nowMs += 1;
    for (const [node, model] of this.#models) {
      if (model.timerAtMs !== this.#nowMs || this.#over.has(node)) continue;
      model.timerAtMs = undefined;
      this.#take({ type: 'time', node });
    }
  }

  #take(event: ScheduleEvent): void {
    for (const effect of step(this.#state, event)) this.#hear(effect);
  }

  #hear(effect: ScheduleEffect): void {
    this.#effects.push(effect);
    switch (effect.type) {
      case 'start': {
        expect(this.#models.has(effect.node)).toBe(false);
        expect(this.#over.has(effect.node)).toBe(false);
        const unbegun = { hasBegun: false, beganAtMs: 0, askedToEndAtMs: undefined, givenUp: false };
        this.#models.set(effect.node, { ...unbegun, timerAtMs: undefined });
        break;
      }
      case 'end': {
        const model = this.#openModel(effect.node);
        expect(model.askedToEndAtMs).toBeUndefined();
        model.askedToEndAtMs = this.#nowMs;
        if (effect.why.kind === 'fail-fast') expect(effect.why.firstId).toBe(this.#firstFailed);
        if (effect.why.kind === 'timeout')
          expect(this.#nowMs).toBe(model.beganAtMs + (this.#rules.timeoutMs ?? Number.NaN));
        break;
      }
      case 'give-up': {
        const model = this.#openModel(effect.node);
        expect(model.givenUp).toBe(false);
        model.givenUp = true;
        this.#end(effect.node, { kind: 'timed-out', afterMs: 0 });
        break;
      }
      case 'set-timer':
        this.#openModel(effect.node).timerAtMs = this.#nowMs + effect.afterMs;
        break;
      case 'tell':
        expect(effect.first).toBe(this.#firstFailed);
        expect(effect.others).toBe(this.#models.size - this.#over.size);
        break;
      case 'finish':
        expect(this.#over.size).toBe(this.#rules.nodes.length);
    }
  }

  #openModel(node: string): Model {
    const model = this.#models.get(node);
    expect(this.#over.has(node)).toBe(false);
    if (model === undefined) throw new Error(`${node} was not started`);
    return model;
  }

  /** Every command that has begun is ended at its time, and every ended one is given up after the grace, or a moment after it has left. */
  #checkTimes(): void {
    for (const [node, { hasBegun, beganAtMs, askedToEndAtMs }] of this.#models) {
      if (this.#over.has(node)) continue;
      const { timeoutMs, isFailFast } = this.#rules;
      if (askedToEndAtMs !== undefined) expect(this.#nowMs).toBeLessThan(askedToEndAtMs + END_MS + LEFT_MS);
      else if (hasBegun && timeoutMs !== undefined) expect(this.#nowMs).toBeLessThan(beganAtMs + timeoutMs);
      if (isFailFast && this.#firstFailed !== undefined) expect(askedToEndAtMs).toBeDefined();
    }
  }

  #choose(count: number): number {
    return (this.#choices.next().value as number) % count;
  }
}
