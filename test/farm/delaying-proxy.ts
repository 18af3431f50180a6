/**
 * Doors to nodes behind which each byte takes its time, and which count round trips. The count is of what depends on what, and
 * not of time: a logical clock (Lamport's) goes on by one with each flight, and who has received a flight sends the next one
 * behind it. So a machine that is slow changes nothing, unless it is as slow as the delay: then it can only count more.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Farm } from './farm.ts';
import type { FarmNode } from './node.ts';

export interface DelayingProxy {
  /** `HOST:PORT` for each node, in their order. */
  readonly doors: readonly string[];
  /**
   * Round trips since the last `begin`, of the node whose answers it was that took most: that the controller has waited for
   * by now. TCP's own handshake is none, since it ends here.
   */
  roundTrips(): number;
  begin(): void;
}

/** `delayMs`: of each way. */
export async function delayingProxy(
  farm: Pick<Farm, 'atStop'>,
  nodes: readonly FarmNode[],
  delayMs: number,
): Promise<DelayingProxy> {
  let controller = { flights: 0 };
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    nodes.map(({ host }) =>
      listen((near) => {
        const far = connect({ host, port: 22, noDelay: true, allowHalfOpen: true });
        const node = { flights: 0 };
        for (const socket of [near, far]) sockets.add(socket);
        carry(near, far, { from: controller, to: node, delayMs });
        carry(far, near, { from: node, to: controller, delayMs });
      }),
    ),
  );
  farm.atStop(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  return {
    doors: servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`),
    roundTrips: () => controller.flights / 2,
    // What is still under way belongs to the run before.
    begin: () => {
      controller = { flights: 0 };
    },
  };
}

interface Side {
  /** Flights, one behind the other, that had to arrive before it could send what it sends now. */
  flights: number;
}

interface Way {
  readonly from: Side;
  readonly to: Side;
  readonly delayMs: number;
}

/** Bytes keep their order, and the end comes behind them. */
function carry(source: Socket, target: Socket, { from, to, delayMs }: Way): void {
  // A reset has no end, and what is behind it would stay open for as long as sshd waits for a login.
  source.on('error', () => setTimeout(() => target.destroy(), delayMs));
  const send = (arrive: () => void) => {
    const flights = from.flights + 1;
    setTimeout(() => {
      to.flights = Math.max(to.flights, flights);
      arrive();
    }, delayMs);
  };
  source.on('data', (chunk) => send(() => target.write(chunk)));
  source.on('end', () => send(() => target.end()));
}

function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, onConnection);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
