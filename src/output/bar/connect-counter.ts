/** Counts connections for the debug log: `   3/40 (1 failed) connection established: [n]`. */
import type { ControlEvent } from '../../core/events.ts';

export class ConnectCounter {
  #nodes = 0;
  #doneNodes = 0;
  #failedNodes = 0;

  /** The message for this event, when it has one. */
  see(event: ControlEvent): string | undefined {
    if (event.type === 'phase' && event.phase === 'connect') this.#nodes = event.nodes;
    if ((event.type !== 'node-done' && event.type !== 'node-failed') || event.phase !== 'connect')
      return undefined;
    const isDone = event.type === 'node-done';
    if (isDone) this.#doneNodes++;
    else this.#failedNodes++;
    const counts = `${String(this.#doneNodes).padStart(4)}/${this.#nodes} (${this.#failedNodes} failed)`;
    return `${counts} connection ${isDone ? 'established' : 'failed'}: ${event.node.id}`;
  }
}
