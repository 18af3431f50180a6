/** How each node of a run ended, as far as known. Only this writes it, and tells it at the same time. */
import { LockstepError } from '../core/errors.ts';
import type { Phase, Tell } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { Outcome } from '../core/outcome.ts';

export class Outcomes {
  readonly #tell: Tell;
  /** In the order in which the nodes ended. */
  readonly #known = new Map<string, Outcome>();
  /** Nodes whose outcome is that of a try, and not final. */
  readonly #tries = new Map<string, Node>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** A node that has ended before ends anew, behind the others. `phase`: ends the node's part in that, too. */
  settle(node: Node, outcome: Outcome, phase?: Phase): void {
    this.#known.delete(node.id);
    this.#known.set(node.id, outcome);
    this.#tries.delete(node.id);
    this.#tell({ type: 'outcome', node, outcome });
    if (phase === undefined) return;
    if (outcome.kind === 'ok') this.#tell({ type: 'node-done', phase, node });
    else this.#tell({ type: 'node-failed', phase, node, error: errorOf(node, outcome) });
  }

  /** A try ended like this, and another follows: tells only the try, unless the next one never comes. */
  noteTry(node: Node, outcome: Outcome): void {
    this.#known.set(node.id, outcome);
    this.#tries.set(node.id, node);
  }

  /** No other try follows on these nodes, or on any. */
  endTries(nodes: Iterable<Node> = this.#tries.values()): void {
    for (const node of [...nodes]) {
      const outcome = this.#known.get(node.id);
      if (this.#tries.has(node.id) && outcome !== undefined) this.settle(node, outcome, 'exec');
    }
  }

  /** The node is at work once more, and has not ended. */
  reopen({ id }: Node): void {
    this.#known.delete(id);
    this.#tries.delete(id);
  }

  get({ id }: Pick<Node, 'id'>): Outcome | undefined {
    return this.#known.get(id);
  }

  values(): Outcome[] {
    return [...this.#known.values()];
  }
}

function errorOf(node: Node, outcome: Exclude<Outcome, { kind: 'ok' }>): LockstepError {
  if (outcome.kind === 'refused') return outcome.error;
  return outcome.kind === 'timed-out'
    ? new LockstepError('command-timed-out', 'remote command took too long', { node })
    : new LockstepError('command-failed', 'remote command exited with non-zero code', { node });
}
