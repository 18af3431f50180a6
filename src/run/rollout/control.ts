/** What people can do to a rollout at work: by Ctrl-C, and from another terminal. */
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Pointless, Wish, WishAnswer } from '../../core/wish.ts';
import type { ScheduleEvent, ScheduleState } from '../../schedule/schedule-state.ts';
import { refusalOf, waitingCount } from '../../schedule/wishes.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { RolloutWaits } from './rollout-waits.ts';

export interface ControlParts {
  readonly schedule: ScheduleState;
  readonly waits: RolloutWaits;
  readonly tell: Tell;
  nodeOf(id: string): Node | undefined;
  take(event: ScheduleEvent): void;
}

export class RolloutControl {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** Nothing more starts, and what runs ends by itself; false if nothing would start anyway. */
  halt(): boolean {
    if (this.#whyNotHalted() !== undefined) return false;
    this.#parts.take({ type: 'halted' });
    return true;
  }

  /** `isInputGone`: there is no input left for another try. */
  answer(wish: Wish, isInputGone: boolean): WishAnswer {
    const { schedule } = this.#parts;
    if (schedule.phase !== 'begun') return this.#answer({ pointless: 'ending' });
    switch (wish.kind) {
      case 'halt':
        return this.#halt();
      case 'resume':
        return this.#resume();
      case 'retry':
        if (isInputGone) return this.#answer({ pointless: 'input' });
        if (schedule.stop?.kind === 'fail-fast') return this.#answer({ pointless: 'ending' });
        return this.#each('retry', wish.nodes);
      case 'skip':
        return this.#each('skip', wish.nodes);
      default:
        return wish satisfies never;
    }
  }

  #halt(): WishAnswer {
    const pointless = this.#whyNotHalted();
    if (pointless === undefined) {
      this.#say('halt');
      this.#parts.take({ type: 'halted' });
    }
    return this.#answer({ pointless });
  }

  #resume(): WishAnswer {
    const { schedule, tell, waits, take } = this.#parts;
    if (!schedule.isHalted) return this.#answer({ pointless: 'not-halted' });
    this.#say('resume');
    tell({ type: 'resumed', running: schedule.workingCount, waiting: waitingCount(schedule) });
    take({ type: 'resumed' });
    waits.askAgain();
    return this.#answer({});
  }

  #each(kind: 'retry' | 'skip', nodes: readonly string[]): WishAnswer {
    const { schedule, take } = this.#parts;
    const done: string[] = [];
    const refused: WishAnswer['refused'][number][] = [];
    const event = kind === 'retry' ? 'retried' : 'skipped';
    for (const node of new Set(nodes)) {
      const why = refusalOf(schedule, kind, node);
      if (why !== undefined) {
        refused.push({ node, why });
        continue;
      }
      if (done.push(node) <= NAMED_MAX) this.#say(kind, node);
      take({ type: event, node });
    }
    const more = done.length - NAMED_MAX;
    if (more > 0) this.#say(`${kind} of ${countNodes(more)} more`);
    return this.#answer({ done, refused });
  }

  #whyNotHalted(): Pointless | undefined {
    const { phase, isHalted, stop } = this.#parts.schedule;
    if (isHalted) return 'halted';
    // With --fail-fast lockstep is ending what runs.
    if (phase !== 'begun' || stop?.kind === 'fail-fast') return 'ending';
    // A rule keeps anything more from starting.
    return stop !== undefined || waitingCount(this.#parts.schedule) === 0 ? 'nothing-waits' : undefined;
  }

  #say(what: string, id?: string): void {
    const { tell, nodeOf } = this.#parts;
    const node = id === undefined ? undefined : nodeOf(id);
    tell({ type: 'log', level: 'info', node, message: `asked from another terminal: ${what}` });
  }

  #answer({ done = [], refused = [], pointless }: Partial<WishAnswer>): WishAnswer {
    const { schedule } = this.#parts;
    const { isHalted, stop, workingCount: running } = schedule;
    const standsFor = isHalted ? 'halt' : stop !== undefined ? 'rule' : undefined;
    return { done, refused, pointless, running, waiting: waitingCount(schedule), standsFor };
  }
}

/** How many nodes an answer names one by one. */
const NAMED_MAX = 20;
