import { expect } from 'vitest';
import { createBarrier, step } from '../../../src/protocol/barrier.ts';
import type { BarrierEffect, BarrierEvent, BarrierState } from '../../../src/protocol/barrier-state.ts';

export const prefix = 'ORGALORG:77';
export const [a, b, c, d] = ['[u@a:22]', '[u@b:22]', '[u@c:22]', '[u@d:22]'] as const;

/** A run of tools a, b and c, or others: events in, and what each tool was told. */
export class Run {
  state: BarrierState;
  readonly effects: BarrierEffect[] = [];
  readonly told = new Map<string, string[]>();

  readonly nodes: readonly string[];

  constructor(nodes: readonly string[] = [a, b, c]) {
    this.nodes = nodes;
    this.state = createBarrier({ prefix, nodes, barrierTimeoutMs: 600_000, rollbackGraceMs: 60_000 });
    for (const node of nodes) this.told.set(node, []);
  }

  take(event: BarrierEvent): readonly BarrierEffect[] {
    const { state, effects } = step(this.state, event);
    this.state = state;
    this.effects.push(...effects);
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      expect(effect.text.endsWith('\n')).toBe(true);
      for (const node of effect.nodes) this.told.get(node)?.push(...effect.text.trimEnd().split('\n'));
    }
    return effects;
  }

  start(...nodes: readonly string[]): this {
    for (const node of nodes) this.take({ type: 'started', node });
    return this;
  }

  say(node: string, description: string) {
    return this.take({ type: 'sync', node, description });
  }

  watch(...nodes: readonly string[]): this {
    for (const node of nodes) this.take({ type: 'watch', node });
    return this;
  }

  end(node: string, reason?: string) {
    const end = reason === undefined ? ({ kind: 'ok' } as const) : ({ kind: 'failed', reason } as const);
    return this.take({ type: 'ended', node, end });
  }

  /** What the tool was told after START, without the prefix. */
  heard(node: string): string[] {
    const lines = this.told.get(node) ?? [];
    return lines.slice(lines.indexOf(`${prefix} START`) + 1).map((line) => line.slice(prefix.length + 1));
  }

  get failures() {
    return this.effects.flatMap((effect) => (effect.type === 'fail' ? [effect.failure] : []));
  }
}
