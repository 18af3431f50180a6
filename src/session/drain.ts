/** Waits until a socket has written its queue; many may wait, with one listener. */
import type { Socket } from 'node:net';

export class Drain {
  readonly #socket: Socket;
  #drained: Promise<void> | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Undefined: the socket takes more at once. Also resolves when the socket closes. */
  wait(): Promise<void> | undefined {
    if (!this.#socket.writableNeedDrain) return undefined;
    this.#drained ??= new Promise<void>((resolve) => {
      const done = () => {
        this.#drained = undefined;
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
    return this.#drained;
  }
}
