/** SSH servers in this process that count what a run asks of a node, from the end of the handshake on. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { EmbeddedCommand } from '../../src/demo/embedded-command.ts';
import { generateKeyPair, type KeyPair } from '../../src/demo/key-pair.ts';

export interface Counts {
  /** Sessions that were opened, each for one command. */
  readonly channels: number;
  readonly bytesFromNode: number;
  readonly bytesToNode: number;
  /** How often the node was asked anew after it had answered, until a command printed `MARK`. */
  readonly roundTripsToMark: number;
  /** The same for the whole run. */
  readonly roundTrips: number;
}

export interface CountingNode {
  readonly port: number;
  /** Of the one run that was here, once its connection has ended. */
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

/** What a command prints so that the round trips before it can be told from those after. */
export const MARK = 'the command has started';

/** Anyone may log in: authentication comes before what is counted. */
export async function startCountingNode(home: string, user: string): Promise<CountingNode> {
  await mkdir(join(home, 'app'), { recursive: true });
  const commands = new Set<EmbeddedCommand>();
  const sockets = new Set<Socket>();
  const trips = new RoundTrips();
  const atReady = { read: 0, written: 0 };
  let channels = 0;
  const server = new ssh2.Server({ hostKeys: [HOST_KEY.private], debug: (line) => trips.hear(line) });
  server.on('connection', (client) => {
    client.on('error', () => {});
    client.on('authentication', (attempt) => attempt.accept());
    client.on('ready', () => {
      const [socket] = sockets;
      Object.assign(atReady, { read: socket?.bytesRead, written: socket?.bytesWritten });
      trips.begin();
    });
    client.on('session', (accept) => {
      channels += 1;
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const write = channel.write.bind(channel);
        channel.write = ((...words: Parameters<typeof write>) => {
          if (`${words[0]}`.includes(MARK)) trips.mark();
          return write(...words);
        }) as typeof write;
        commands.add(new EmbeddedCommand(command, channel, { home, user }));
      });
    });
  });
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    async counts() {
      const [socket, ...others] = sockets;
      if (socket === undefined || others.length > 0) throw new Error('one connection was expected');
      if (!socket.destroyed) await once(socket, 'close');
      return {
        channels,
        bytesFromNode: socket.bytesWritten - atReady.written,
        bytesToNode: socket.bytesRead - atReady.read,
        roundTripsToMark: trips.toMark,
        roundTrips: trips.count,
      };
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
      await Promise.all([...commands].map((command) => command.kill()));
    },
  };
}

/** Reads the log of ssh2, a line a packet. Window adjustments ask for nothing, and come when buffers fill. */
class RoundTrips {
  count = 0;
  toMark = 0;
  #isAnswered = false;

  begin(): void {
    this.count = 0;
    this.#isAnswered = true;
  }

  mark(): void {
    this.toMark ||= this.count;
  }

  hear(line: string): void {
    if (line.includes('WINDOW_ADJUST')) return;
    if (line.includes('Outbound: ')) this.#isAnswered = true;
    if (!line.includes('Inbound: ') || !this.#isAnswered) return;
    this.#isAnswered = false;
    this.count += 1;
  }
}

const HOST_KEY: KeyPair = generateKeyPair();
