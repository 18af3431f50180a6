/** Tells a call, once for each node and after a moment, that its commands wait there for channels of other calls. */
import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Waits } from './messages.ts';

export interface WaitsOptions {
  readonly clock: Clock;
  /** The call's channels; one without a link is not open yet. */
  channels(): readonly { readonly node: number; readonly link: unknown }[];
  /** The nodes without a channel left for which one on that node waits: itself, or others. If none, it only takes its time. */
  awaited(node: number): readonly number[];
  others(): readonly { readonly call: string; has(node: number): boolean }[];
  tell(waits: Waits): void;
}

export class WaitTeller {
  readonly #options: WaitsOptions;
  readonly #told = new Set<number>();
  #isOver = false;
  #cancel: (() => void) | undefined;

  constructor(options: WaitsOptions) {
    this.#options = options;
  }

  /** The call is about to open a channel. */
  begin(): void {
    if (this.#isOver) return;
    this.#cancel ??= this.#options.clock.after(LIMITS.channelWaitMs, () => this.#look());
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel?.();
  }

  #look(): void {
    this.#cancel = undefined;
    const { channels, awaited, others, tell } = this.#options;
    const opening = channels().flatMap(({ node, link }) => (link === undefined ? [node] : []));
    const nodes = [...new Set(opening.flatMap(awaited))].filter((node) => !this.#told.has(node));
    for (const node of nodes) this.#told.add(node);
    if (opening.some((node) => !this.#told.has(node))) this.begin();
    if (nodes.length === 0) return;
    const calls = others().filter((other) => nodes.some((node) => other.has(node)));
    tell({ nodes, calls: calls.map(({ call }) => call) });
  }
}
