/**
 * All that a run needs of SSH. The ssh2 transport passes one contract suite against an embedded server and against
 * OpenSSH; the simulation has a transport of its own, whose nodes run no shell.
 */

import type { Node } from '../core/node.ts';
import type { ChannelResult } from '../core/outcome.ts';

export interface Transport {
  /**
   * Opens and authenticates one connection.
   * Rejects with a LockstepError (`unreachable`, `host-key`, `auth`, …) that names the node and the step.
   */
  connect(node: Node, signal: AbortSignal): Promise<Connection>;
}

export interface Connection {
  readonly node: Node;
  /** Resolves with the reason when the connection has ended, whoever ended it. Never rejects. */
  readonly closed: Promise<string>;
  /** The server had no channel left on the first connection, and a second one was asked for. */
  readonly hasSpare?: boolean;
  /** Starts a command. Rejects with a LockstepError (`channel`) when the node refuses, or the connection is gone. */
  exec(command: string, sinks: ChannelSinks): Promise<Channel>;
  /** Ends the connection politely, and within a second in any case. */
  close(): Promise<void>;
}

/** Where a channel's bytes go. A sink that returns a promise holds the node back until it resolves. */
export interface ChannelSinks {
  onStdout(chunk: Buffer): void | Promise<void>;
  onStderr(chunk: Buffer): void | Promise<void>;
}

export interface Channel {
  /**
   * Sends bytes to the command's stdin; resolves when the channel takes more.
   * Also resolves, at once, when the command has ended: `result` says how. Never rejects.
   */
  write(chunk: Uint8Array | string): Promise<void>;
  /** Sends the end of file to the command's stdin. */
  end(): void;
  /** Closes the channel. The command on the node does not notice; its keeper ends it. */
  close(): void;
  /** Settles after the sinks have taken the last byte of both streams. Never rejects. */
  readonly result: Promise<ChannelResult>;
  /** How the command itself ended, where that is known; processes of it may still hold its outputs. */
  readonly status?: Promise<ChannelResult>;
}
