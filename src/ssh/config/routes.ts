/** Finds the jump hosts before each node; it looks each up in ssh_config as if the user had typed it. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { type Node, nodeId } from '../../core/node.ts';
import type { HostConfig } from './host-config.ts';
import type { Hosts } from './hosts.ts';
import type { Hop } from './values.ts';

export class Routes {
  readonly #hosts: Hosts;
  readonly #ofHops: Hosts;
  #ways = new Map<Node, readonly Node[]>();
  #hops = new Map<string, Known>();

  /** Rejects with LockstepError `usage` for jump hosts that lead in a circle. */
  static async open(hosts: Hosts, nodes: readonly Node[]): Promise<Routes> {
    const routes = new Routes(hosts);
    // ssh's answer about a jump host may name another one before it.
    do routes.#find(nodes);
    while (await routes.#ofHops.settle());
    return routes;
  }

  private constructor(hosts: Hosts) {
    this.#hosts = hosts;
    this.#ofHops = hosts.ofHops();
  }

  /** Returns the jump hosts before a node, in the order of the way. */
  hopsOf(node: Node): readonly Node[] {
    return this.#ways.get(node) ?? [];
  }

  /** Returns the jump hosts of all nodes, each once. */
  get hops(): readonly Node[] {
    return [...this.#hops.values()].map(({ node }) => node);
  }

  /** Returns the configuration of a node or of a jump host. */
  configOf(node: Node): HostConfig {
    const hop = this.#hops.get(node.id);
    return hop?.node === node ? hop.config : this.#hosts.configOf(node);
  }

  #find(nodes: readonly Node[]): void {
    this.#hops = new Map();
    const ways = new Map<string, readonly Node[]>();
    this.#ways = new Map();
    for (const node of nodes) {
      const { jumps } = this.#hosts.configOf(node);
      if (jumps.length === 0) continue;
      const key = JSON.stringify(jumps);
      const way = ways.get(key) ?? this.#wayThrough(jumps, []);
      ways.set(key, way);
      this.#ways.set(node, way);
    }
  }

  /** As in ssh, only the first jump host's own way counts: each of the others lies behind the one before it. */
  #wayThrough(jumps: readonly Hop[], behind: readonly Node[]): readonly Node[] {
    const known = jumps.map((jump) => this.#hopOf(jump));
    const nodes = known.map(({ node }) => node);
    const [first] = known;
    if (first === undefined) return behind;
    const way = [...nodes, ...behind];
    if (new Set(way).size < way.length || way.length > LIMITS.jumpsMax) throw endless(way);
    return this.#wayThrough(first.config.jumps, way);
  }

  #hopOf(jump: Hop): Known {
    const config = this.#ofHops.lookUp(jump);
    const { user = this.#ofHops.localUser, port = 22 } = config;
    const id = nodeId(user, jump.host, port);
    const known = this.#hops.get(id) ?? {
      node: { id, user, host: jump.host, port, given: jump.host },
      config,
    };
    this.#hops.set(id, known);
    return known;
  }
}

interface Known {
  readonly node: Node;
  readonly config: HostConfig;
}

function endless(way: readonly Node[]): LockstepError {
  const names = way.slice(0, LIMITS.reportNamesMax).map(({ id }) => id);
  return new LockstepError('usage', `jump hosts lead in a circle, or are too many: ${names.join(' ')}`, {
    hint: 'write ProxyJump none for the jump host itself',
  });
}
