/** Names in the log the nodes that the run waits for: now and then without a bar, and whenever somebody asks (SIGUSR1). */

import { durationText } from '../../core/duration.ts';
import type { ControlEvent } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { countNodes, listNodes } from '../../text/list-nodes.ts';
import type { AtWork, Wait } from '../bar/at-work.ts';
import { formatGoTime } from '../look/go-time.ts';
import { FULL, type ReportBounds, type Tree } from './tree.ts';

export interface MissingSettings {
  readonly atWork: AtWork;
  readonly clock: { now(): Date; monotonicMs(): number };
  /** How many nodes the run has. */
  readonly nodes: number;
  tell(message: string): void;
}

/** Names nodes, if they are few, that work on while the others have ended: after a while, and then at doubling intervals. */
export class MissingNews {
  readonly #settings: MissingSettings;
  #nextMs: number = LIMITS.missingLogAfterMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: MissingSettings) {
    this.#settings = settings;
  }

  see(event: ControlEvent): void {
    if (event.type === 'finished') return this.stop();
    if (event.type !== 'phase') return;
    this.#nextMs = LIMITS.missingLogAfterMs;
    this.#timer ??= setInterval(() => this.#look(), LIMITS.missingLookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { atWork, clock, nodes, tell } = this.#settings;
    const { wait } = atWork;
    if (wait === undefined) return;
    const quietMs = clock.monotonicMs() - wait.newsMs;
    if (quietMs < this.#nextMs) return;
    const missing = atWork.fewMissing(LIMITS.missingNamedMax);
    // Nobody waits for a command on one node, or on few.
    if (missing.length === 0 || missing.length === nodes) return;
    this.#nextMs *= 2;
    tell(
      `still waiting for ${missing.length} of ${countNodes(nodes)} (${describe(wait, quietMs)}): ${listNodes(missing, FULL)}`,
    );
  }
}

function describe({ phase }: Wait, ms: number): string {
  return `${phase}, ${durationText(ms)}`;
}

/** All nodes at work, and since when. */
export function describeAtWork({ atWork, clock, nodes }: Omit<MissingSettings, 'tell'>): string {
  const { wait } = atWork;
  const missing = atWork.missing();
  if (wait === undefined || missing.length === 0) return 'no node is at work';
  const ms = clock.monotonicMs() - wait.startedMs;
  const since = formatGoTime(new Date(clock.now().getTime() - ms), '15:04:05');
  const where = `${missing.length} of ${countNodes(nodes)}`;
  return `at work on ${where} since ${since} (${describe(wait, ms)}): ${listNodes(missing, FULL)}`;
}

/** The last words of a run that its user leaves before its end. */
export function leavingTree(nodes: readonly Node[], bounds: ReportBounds): Tree {
  const others = `; the nodes end the work by themselves: ${countNodes(nodes.length)}, ${listNodes(nodes, bounds)}`;
  return { text: `left${nodes.length === 0 ? '' : others}`, children: [] };
}
