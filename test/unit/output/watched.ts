/** The view of a rollout that the schedule itself carries out. */
import type { ControlEvent } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { RolloutState } from '../../../src/output/rollout/state.ts';
import { rolloutLines } from '../../../src/output/rollout/view.ts';
import { planOf } from '../../../src/rollout/plan-of.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import type { ScheduleEffect } from '../../../src/schedule/schedule-state.ts';
import { sanitiseWord } from '../../../src/text/sanitise.ts';
import type { Rehearsal } from '../schedule/rehearsal.ts';
import { makeNode } from './fixtures.ts';

const OK: Outcome = { kind: 'ok' };
const EXIT: Outcome = { kind: 'exit', code: 3 };

export class Watched {
  readonly state: RolloutState;
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #running = new Set<string>();
  #heard = 0;

  constructor(hosts: readonly string[], rules: RolloutRules) {
    const nodes = hosts.map((host) => ({ ...makeNode(host), id: host }));
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
    this.state = new RolloutState({ type: 'rollout', plan: planOf(rules, nodes), absent: [], down: [] });
  }

  readonly see = ({ effects, atWork, ended, now }: Rehearsal): void => {
    for (const id of this.#running) {
      if (atWork.has(id)) continue;
      this.#running.delete(id);
      this.#tell({ type: 'outcome', outcome: ended.get(id) === 'ok' ? OK : EXIT }, id, now);
    }
    for (const effect of effects.slice(this.#heard)) this.#hear(effect, now);
    this.#heard = effects.length;
  };

  #hear(effect: ScheduleEffect, now: number): void {
    switch (effect.type) {
      case 'start':
        this.#running.add(effect.node);
        return this.#tell({ type: 'node-begun', phase: 'exec' }, effect.node, now);
      case 'wait':
        return this.#tell({ type: 'node-waits', reason: effect.reason }, effect.node, now);
      case 'retry':
        return this.#tell(
          { type: 'node-retries', outcome: EXIT, afterMs: 1, triesLeft: 0 },
          effect.node,
          now,
        );
      case 'skip':
        return this.#tell({ type: 'outcome', outcome: { kind: 'skipped', reason: '' } }, effect.node, now);
      case 'pause': {
        const ms = effect.until === 'confirm' ? {} : { ms: effect.until.ms * 1000 };
        return this.state.see({ type: 'paused', thread: effect.name, slot: effect.slot, ...ms }, now * 1000);
      }
      case 'halt':
        this.state.see({ type: 'halted', running: 0, waiting: 0 }, now * 1000);
    }
  }

  #tell(event: object, id: string, now: number): void {
    this.state.see({ ...event, node: this.#nodes.get(id) } as ControlEvent, now * 1000);
  }

  lines(nowMs: number, { columns = 100, linesMax = 11 } = {}): string[] {
    return rolloutLines(
      this.state,
      { columns, linesMax },
      { nowMs, labelOf: ({ host }) => sanitiseWord(host) },
    );
  }
}
