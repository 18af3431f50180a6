/** Whom the contract's suite is run on. */
import type { Node } from '../../src/core/node.ts';
import type { Transport } from '../../src/ssh/transport.ts';

/** What a transport or a server cannot do, each with the reason; a case then asks for what is left. */
export interface Exceptions {
  /** It cannot tell a signal that ended a command from a loss; reports of our own in band do, as those of workers and keepers. */
  readonly tellsNoSignals?: string;
  /** A channel that is opened while another's command ends, or next after one was closed here, may be lost. */
  readonly losesNewChannels?: string;
}

export interface ContractSetup extends Exceptions {
  readonly transport: Transport;
  readonly node: Node;
  /** Breaks every open connection from the node's side, as a crash would. */
  cutConnections(): Promise<void> | void;
  /** A connection is there at once: nothing is under way that could be aborted. */
  readonly connectsAtOnce?: true;
  /** Sessions that one connection may hold; without it that case is left out. */
  readonly sessionsMax?: number;
  stop(): Promise<void>;
}
