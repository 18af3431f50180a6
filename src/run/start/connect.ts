/** Connects to all nodes, a bounded number at once, and waits for each to succeed or fail. */

import { mapAtOnce, Turnstile } from '../../core/at-once.ts';
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { type ConnectSpare, SparedConnection } from '../../ssh/spare.ts';
import type { Connection, Transport } from '../../ssh/transport.ts';
import { countNodes } from '../../text/list-nodes.ts';

export interface ConnectOptions {
  /** `-d`. */
  readonly atOnce: number;
  readonly tell: Tell;
  readonly signal: AbortSignal;
  /** Asks about all unknown host keys at once; resolves to true if the user accepts them. */
  settleNewKeys?: (() => Promise<boolean>) | undefined;
}

export interface Fleet {
  /** In the order of the nodes. */
  readonly connections: readonly Connection[];
  readonly failures: readonly LockstepError[];
}

/** Rejects only when the signal aborts; by then it has closed every connection. */
export async function connectAll(
  transport: Transport,
  nodes: readonly Node[],
  options: ConnectOptions,
): Promise<Fleet> {
  const { atOnce, tell, signal, settleNewKeys } = options;
  const connect = (those: readonly Node[]) =>
    mapAtOnce(those, atOnce, async (node) =>
      signal.aborted ? undefined : connectOne(transport, node, options),
    );
  const results = await connect(nodes);
  while (results.some(isUnknown) && !signal.aborted && (await settleNewKeys?.()) === true) {
    const again = nodes.flatMap((node, index) => (isUnknown(results[index]) ? [{ node, index }] : []));
    const others = await connect(again.map(({ node }) => node));
    for (const [position, { index }] of again.entries()) results[index] = others[position];
  }
  for (const [index, result] of results.entries())
    if (isUnknown(result))
      tell({ type: 'node-failed', phase: 'connect', node: nodes[index] as Node, error: result });
  const connections = results.flatMap((result) =>
    result === undefined || result instanceof LockstepError ? [] : [result],
  );
  if (options.signal.aborted) {
    await closeAll(connections);
    throw options.signal.reason;
  }
  return { connections, failures: results.filter((result) => result instanceof LockstepError) };
}

export async function closeAll(connections: readonly Connection[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection.close()));
}

/** Gives each node a second connection as soon as its server has no channel left, a bounded number at once. */
export function withSpares(
  connections: readonly Connection[],
  transport: Transport,
  { atOnce, tell }: Pick<ConnectOptions, 'atOnce' | 'tell'>,
): Connection[] {
  const turnstile = new Turnstile(atOnce);
  const connect: ConnectSpare = (node, signal) =>
    turnstile.pass(() => {
      const message = 'the server has no channel left (MaxSessions): opens a second connection';
      tell({ type: 'log', level: 'info', node, message });
      signal.throwIfAborted();
      return transport.connect(node, signal);
    });
  return connections.map((connection) => new SparedConnection(connection, connect));
}

async function connectOne(
  transport: Transport,
  node: Node,
  { tell, signal }: ConnectOptions,
): Promise<Connection | LockstepError> {
  tell({ type: 'node-begun', phase: 'connect', node });
  try {
    const connection = await transport.connect(node, signal);
    tell({ type: 'node-done', phase: 'connect', node });
    return connection;
  } catch (thrown) {
    const error = ofNode(node, toLockstepError(thrown));
    // The user may be answering a question about the key.
    if (!isUnknown(error)) tell({ type: 'node-failed', phase: 'connect', node, error });
    return error;
  }
}

const isUnknown = (result: Connection | LockstepError | undefined): result is LockstepError =>
  result instanceof LockstepError && result.code === 'host-key-unknown';

/** Any failure on the way to a node is an error of that node. */
function ofNode(node: Node, error: LockstepError): LockstepError {
  if (error.code === 'bug') return error;
  return error.of(node, 'connect');
}

/** Makes the error of a run that needs every node (no `-w`). `hint` replaces that of the table of errors. */
export function connectError(
  failures: readonly LockstepError[],
  nodeCount: number,
  hint?: string,
): LockstepError {
  const [first] = failures;
  const said = hint ?? first?.hint;
  return new LockstepError(first?.code ?? 'unreachable', 'connecting to cluster failed', {
    causes: [
      new LockstepError(
        'unreachable',
        `connection to ${failures.length} of ${countNodes(nodeCount)} failed`,
        {
          causes: failures,
        },
      ),
    ],
    hint: said,
    brief: {
      text:
        nodeCount === 1
          ? 'cannot connect'
          : `cannot connect to ${failures.length} of ${countNodes(nodeCount)}`,
      causes: failures,
    },
  });
}
