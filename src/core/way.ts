/** How a run would reach a node, as far as known before anything is connected. */
import type { Node } from './node.ts';

export interface Way {
  readonly node: Node;
  /** Where the node is, if ssh_config or an inventory gives an address other than its name. */
  readonly address: string | undefined;
  /** The jump hosts before it, in the order of the way. */
  readonly jumps: readonly Node[];
  /** A ProxyCommand leads there. */
  readonly isByCommand: boolean;
  /** `session`: the connections of the session that the call has joined. */
  readonly transport: 'ssh2' | 'openssh' | 'session';
}
