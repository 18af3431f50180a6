/** Channels for the next workers, opened while the run waits for something else: so they cost no round trip of their own. */
import type { Node } from '../core/node.ts';
import { type AheadSettings, ChannelAhead } from '../node/worker/channel-ahead.ts';
import type { Connection } from '../ssh/transport.ts';

export class ChannelsAhead {
  readonly #settings: AheadSettings | undefined;
  readonly #byNode = new Map<string, ChannelAhead[]>();

  /** Without settings it opens none: a call of a session shares the channels that a server allows with other calls. */
  constructor(settings: AheadSettings | undefined) {
    this.#settings = settings;
  }

  /**
   * What the run calls while it takes the lock, so that each node has `count` when it has been locked. None stays open
   * while the run waits for others.
   */
  besideKeepers(count: number) {
    // Where sudo wants a password, the first node tries it before any other.
    let opening = this.#settings?.become?.passwordOn === undefined ? count : 0;
    return {
      onSeated: (connection: Connection) => this.open(connection, opening),
      onWaiting: () => {
        opening = 0;
        this.close();
      },
    };
  }

  /** Opens so many more on the node. */
  open(connection: Connection, count: number): void {
    const { node } = connection;
    const settings = this.#settings;
    if (settings === undefined || count === 0) return;
    const more = Array.from({ length: count }, () => new ChannelAhead(connection, settings));
    this.#byNode.set(node.id, [...(this.#byNode.get(node.id) ?? []), ...more]);
  }

  /** Opens one on each node that has none left. */
  provide(connections: readonly Connection[]): void {
    for (const connection of connections)
      if (!this.#byNode.get(connection.node.id)?.length) this.open(connection, 1);
  }

  /** One of the node's, if it has one; whoever takes it closes it. */
  take({ id }: Node): ChannelAhead | undefined {
    return this.#byNode.get(id)?.shift();
  }

  /** Closes those that nobody has taken, on all nodes or on these. */
  close(nodes?: readonly Node[]): void {
    const ids = nodes === undefined ? [...this.#byNode.keys()] : nodes.map(({ id }) => id);
    for (const id of ids) {
      for (const ahead of this.#byNode.get(id) ?? []) ahead.close();
      this.#byNode.delete(id);
    }
  }
}
