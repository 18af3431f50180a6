/** Tells a call, once and after a moment, that its commands wait for channels of other calls. */
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
    const nodes = [...new Set(opening)].filter(isAwaited);
    if (nodes.length === 0) return void (opening.length > 0 && this.begin());
    this.#isOver = true;
    const calls = others().filter((other) => nodes.some((node) => other.has(node)));
    tell({ nodes, calls: calls.map(({ call }) => call) });
  }
}
