/** The debug and trace log of single nodes, in the words of orgalorg: `   3/40 (1 failed) connection established: [n]`. */
import type { ControlEvent, LogLevel } from '../../core/events.ts';

interface News {
  readonly level: LogLevel;
  readonly message: string;
}

export class NodeNews {
  #nodes = 0;
  #doneNodes = 0;
  #failedNodes = 0;

  /** What to say of this event, if anything. */
  see(event: ControlEvent): News | undefined {
    switch (event.type) {
      case 'phase':
        if (event.phase === 'connect') this.#nodes = event.nodes;
        return undefined;
      case 'node-begun': {
        const { id } = event.node;
        if (event.phase === 'exec' || event.phase === 'commit') return undefined;
        const message =
          event.phase === 'lock' ? `${id} running lock command` : `connecting to address: '${id}'`;
        return { level: 'trace', message };
      }
      case 'node-done':
        if (event.phase === 'connect') return this.#count(event.node.id, 'established');
        if (event.lockPath === undefined) return undefined;
        return { level: 'trace', message: `lock acquired: '${event.node.id}' on '${event.lockPath}'` };
      case 'node-failed':
        return event.phase === 'connect' ? this.#count(event.node.id, 'failed') : undefined;
      default:
        return undefined;
    }
  }

  #count(id: string, how: 'established' | 'failed'): News {
    if (how === 'established') this.#doneNodes++;
    else this.#failedNodes++;
    const counts = `${String(this.#doneNodes).padStart(4)}/${this.#nodes} (${this.#failedNodes} failed)`;
    return { level: 'debug', message: `${counts} connection ${how}: ${id}` };
  }
}
