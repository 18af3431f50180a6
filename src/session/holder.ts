/** The holder's side of a session: a private socket through which other calls join the lock and the open connections. */

import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { atMost } from '../core/waiting.ts';
import type { Become } from '../node/become.ts';
import type { KeeperSettings } from '../node/keeper/keeper-command.ts';
import type { Connection } from '../ssh/transport.ts';
import { CallKeepers } from './call-keepers.ts';
import { Guest } from './guest.ts';
import { removeLeftBehind } from './left-behind.ts';
import { SESSION_PROTOCOL } from './messages.ts';
import { Seats } from './seats.ts';
import { makeSocketDirectory, removedAtExit, SOCKET_HINT } from './socket-directory.ts';
import { Turns } from './turns.ts';

export interface SessionOptions {
  readonly connections: readonly Connection[];
  /** The settings of the keepers that hold the session's lock. */
  readonly settings: KeeperSettings;
  /** How calls become root if the session does not; left out: by sudo without a password. */
  readonly root?: Become | undefined;
  /** XDG_RUNTIME_DIR. */
  readonly runtimeDirectory: string | undefined;
  readonly clock: Clock;
  /** Throws unless the session's lock is proven now. */
  check(): void;
  /** Calls are sure to come, so that their keepers are worth starting now. */
  readonly areCallsExpected: boolean;
  /** A call begins work on a node. */
  onWork(): void;
}

export interface Session {
  readonly socketPath: string;
  /** Ends the calls that are still there, with this reason. Resolves when their work is gone, or its time is over. */
  close(reason: LockstepError): Promise<void>;
  /** Whether nothing of any call is at work on the node of that number, by its own word. */
  isAlone(number: number): boolean;
}

/** Resolves when calls can join. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { connections, settings, clock } = options;
  const { record, killGraceMs } = settings;
  const { run, who, since, lockPath, kind } = record;
  let count = 0;
  const nextRun = () => `${run}.${++count}`;
  const joinedKind = kind === 'shared' ? 'joined-shared' : 'joined';
  const turns = connections.map(
    (connection): Turns =>
      new Turns(connection, { clock, onScarce: () => keepers.letGo(connection.node.id) }),
  );
  const keepers = new CallKeepers({
    turns,
    settings: (sudo) => ({
      ...settings,
      record: { ...record, run: nextRun(), kind: joinedKind, command: 'a call' },
      makes: 'none',
      become: sudo ? (settings.become ?? options.root ?? { user: 'root' }) : undefined,
    }),
    clock,
  });
  const guests = new Set<Guest>();
  const seats = new Seats(turns);
  const lost = new Map<number, string>();
  // One listener for all calls: a connection outlives thousands of them.
  for (const [number, { closed }] of connections.entries()) {
    void closed.then((reason) => {
      lost.set(number, reason);
      for (const guest of guests) guest.tellLost(number, reason);
    });
  }
  const { check, onWork } = options;
  const context = { lost, turns, seats, keepers, guests, clock, check, onWork };
  const serve = (socket: Socket) => {
    const nodes = connections.map(({ node }) => node);
    const lockKind = kind === 'shared' ? 'shared' : 'exclusive';
    const place = {
      run,
      call: nextRun(),
      who,
      since,
      lockPath,
      lockKind,
      graceMs: killGraceMs,
      nodes,
    } as const;
    const guest = new Guest(socket, { protocol: SESSION_PROTOCOL, ...place }, context);
    guests.add(guest);
    void guest.gone.then(() => guests.delete(guest));
  };
  const directory = makeSocketDirectory(options.runtimeDirectory, run);
  const remove = removedAtExit(directory.remove);
  const server = createServer(serve);
  server.maxConnections = LIMITS.sessionCallsMax;
  await listen(server, directory.socketPath).catch((error) => {
    remove();
    throw error;
  });
  directory.protect();
  const swept = removeLeftBehind(dirname(dirname(directory.socketPath)));
  if (options.areCallsExpected) keepers.prepare(settings.become !== undefined);
  return {
    socketPath: directory.socketPath,
    isAlone: (number) => turns[number]?.hasNoWork === true,
    async close(reason) {
      server.close();
      remove();
      for (const guest of guests) guest.end(reason);
      const gone = Promise.all([...[...guests].map((guest) => guest.gone), keepers.close(), swept]);
      // A node that hangs must not keep the holder: its keeper waits for its calls without the holder.
      await atMost(gone, { clock, timeoutMs: LIMITS.releaseTimeoutMs + settings.killGraceMs });
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) => {
      reject(
        new LockstepError('usage', `cannot open the session's socket: ${message}`, { hint: SOCKET_HINT }),
      );
    });
    server.listen(path, resolve);
  });
}
