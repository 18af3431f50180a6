/** How a node would be reached, as far as it is known before anything is connected. */
import type { Node } from './node.ts';

export interface Way {
  readonly node: Node;
  /** Where it is, if that is not its name: as ssh_config or an inventory says. */
  readonly address: string | undefined;
  /** The jump hosts before it, the first one first. */
  readonly jumps: readonly Node[];
  /** A ProxyCommand leads there. */
  readonly isByCommand: boolean;
  /** `session`: by the connections of the session that the call has joined. */
  readonly transport: 'ssh2' | 'openssh' | 'session';
}
