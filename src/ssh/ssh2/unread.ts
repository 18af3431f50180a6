/**
 * Counts the bytes sent to a node that it has not yet said it has read. OpenSSH's server holds them in one buffer, which
 * it copies whenever that grows by a packet (sshbuf.c, recallocarray): a window of 2 MiB that a slower command lets fill
 * costs it 60 ms of CPU time.
 */
import type { ClientChannel } from 'ssh2';
import { LIMITS } from '../../core/limits/limits.ts';

export class Unread {
  readonly #outgoing: { readonly window: number };
  #limitBytes: number;
  #windowBytesMax = 0;
  #isPauseOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: ClientChannel, limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#outgoing = (stream as unknown as { outgoing: { window: number } }).outgoing;
  }

  /** Called before each write. */
  beforeWrite(): void {
    clearTimeout(this.#timer);
    this.#isPauseOver = false;
    this.#windowBytesMax = Math.max(this.#windowBytesMax, this.#outgoing.window);
  }

  /** Whether the next write should wait until the node has read some of it. */
  isFull(): boolean {
    return !this.#isPauseOver && this.#windowBytesMax - this.#outgoing.window > this.#limitBytes;
  }

  /** Calls back when the next write has waited long enough. */
  afterPause(callback: () => void): void {
    const { window } = this.#outgoing;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Without a word the node is far away, or its server reports only now and then (ssh2's at half a window).
      if (this.isFull() && this.#outgoing.window === window) this.#limitBytes *= 2;
      this.#isPauseOver = true;
      callback();
    }, LIMITS.unreadPauseMs);
    // The socket keeps this process alive while somebody waits.
    this.#timer.unref();
  }
}
