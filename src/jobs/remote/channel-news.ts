/** Tells, once for each host of a lock, that work waits there for a channel, and which commands have those that there are. */
import type { Tell } from '../../core/events.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import type { Node } from '../../core/node.ts';
import { singleLine } from '../../text/single-line.ts';

interface AtWork {
  readonly node: Node;
  readonly command: string;
}

export class ChannelNews {
  readonly #tell: Tell;
  /** In the order in which they began. */
  readonly #atWork = new Set<AtWork>();
  readonly #told = new Set<string>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** The command runs from `begun` on, and no more when `over` has settled. */
  watch(node: Node, command: string, { begun, over }: Record<'begun' | 'over', Promise<unknown>>): void {
    const one = { node, command };
    let isOver = false;
    const end = () => {
      isOver = true;
      this.#atWork.delete(one);
    };
    over.then(end, end);
    begun.then(
      () => {
        if (!isOver) this.#atWork.add(one);
      },
      () => {},
    );
  }

  /** Commands or transfers wait on these nodes. */
  tellWaits(nodes: readonly Node[]): void {
    for (const node of nodes) {
      if (this.#told.has(node.id)) continue;
      this.#told.add(node.id);
      const atWork = [...this.#atWork].filter((one) => one.node.id === node.id);
      const message = `a command or transfer waits: sshd has no channel left here (MaxSessions)${whoHas(atWork)}`;
      this.#tell({ type: 'log', level: 'info', node, message });
    }
  }
}

function whoHas(atWork: readonly AtWork[]): string {
  if (atWork.length === 0) return '';
  const { heldNamesMax, heldCharsMax } = JOBS_LIMITS;
  const named = atWork.slice(0, heldNamesMax).map(({ command }) => singleLine(command, heldCharsMax));
  const more = atWork.length - named.length;
  const all = more === 0 ? named.join(', ') : `${named.join(', ')} and ${more} more`;
  return `, until one of these has ended: ${all}`;
}
