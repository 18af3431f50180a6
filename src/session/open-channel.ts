/** The channels of a call on the side of the session's holder. */
import type { Window } from './window.ts';

/** What the holder has open for one channel of the call. */
export interface OpenChannel {
  readonly node: number;
  readonly window: Window;
  /** Undefined until the node has accepted the request. */
  link: Link | undefined;
  /** Aborts when the call has no more use for it. */
  readonly closing: AbortController;
}

export interface Link {
  write(bytes: Buffer): Promise<void>;
  end(): void;
  close(): void;
}
