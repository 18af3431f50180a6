/** The channels of a call, as the holder of its session has them. */
import type { Window } from './window.ts';

/** What the holder has open for one channel of the call. */
export interface OpenChannel {
  readonly node: number;
  readonly window: Window;
  /** Undefined until the node has taken the request. */
  link: Link | undefined;
  /** Aborts when the call wants no more of it. */
  readonly closing: AbortController;
}

export interface Link {
  write(bytes: Buffer): Promise<void>;
  end(): void;
  close(): void;
}
