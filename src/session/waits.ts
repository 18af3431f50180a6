/** Tells a call, once for each node and after a moment, that its commands wait there for channels of other calls. */
import type { Clock } from '../core/clock.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Waits } from './messages.ts';

export interface WaitsOptions {
  readonly clock: Clock;
  /** The call's channels; one without a link is not open yet. */
  channels(): readonly { readonly node: number; readonly link: unknown }[];
  /** Whether a channel on that node waits for its turn. If not, the node only takes its time. */
  isAwaited(node: number): boolean;
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
    const { channels, isAwaited, others, tell } = this.#options;
    const opening = channels().flatMap(({ node, link }) => (link === undefined ? [node] : []));
    const untold = [...new Set(opening)].filter((node) => !this.#told.has(node));
    const nodes = untold.filter(isAwaited);
    if (nodes.length < untold.length) this.begin();
    if (nodes.length === 0) return;
    for (const node of nodes) this.#told.add(node);
    const calls = others().filter((other) => nodes.some((node) => other.has(node)));
    tell({ nodes, calls: calls.map(({ call }) => call) });
  }
}
