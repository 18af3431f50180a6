/**
 * One question and one answer over a private socket, in the frames of a session: another terminal asks a run that is at
 * work. The caller provides the socket's directory, which nobody else can enter.
 */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { LockstepError, toLockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { withTimeout } from '../core/waiting.ts';
import { FrameReader, frameHeader } from './frames.ts';
import { formatError, parseError } from './messages.ts';
import { checkSocketPath, isOurSocket, removedAtExit } from './socket-directory.ts';

/** Both ends must have the same number: they may be of different releases. */
const DOOR_PROTOCOL = 1;

/** `answer`: an error that it throws goes to the asker. Resolves with a function that shuts the door. */
export async function openDoor(socketPath: string, answer: (asked: unknown) => unknown): Promise<() => void> {
  checkSocketPath(socketPath);
  const server = createServer((socket) => serve(socket, answer));
  server.maxConnections = LIMITS.doorCallsMax;
  // The process does not stay alive for those who might ask.
  server.unref();
  const remove = removedAtExit(() => rmSync(socketPath, { force: true }));
  try {
    await listen(server, socketPath);
    chmodSync(socketPath, 0o600);
  } catch (error) {
    remove();
    throw error;
  }
  return () => {
    server.close();
    remove();
  };
}

/** Rejects with the error of the run that answers, and with `session-gone` if none does. */
export async function askAt(socketPath: string, asked: unknown, clock: Clock): Promise<unknown> {
  if (!isOurSocket(lstatSync(socketPath, { throwIfNoEntry: false }))) throw gone();
  const socket = createConnection(socketPath);
  try {
    const answered = hear(socket);
    send(socket, 'ask', JSON.stringify({ protocol: DOOR_PROTOCOL, asked }));
    return await withTimeout(answered, { clock, timeoutMs: LIMITS.sessionAnswerTimeoutMs }, gone);
  } finally {
    socket.destroy();
  }
}

function serve(socket: Socket, answer: (asked: unknown) => unknown): void {
  socket.on('error', () => {});
  socket.setTimeout(LIMITS.sessionAnswerTimeoutMs, () => socket.destroy());
  const reader = new FrameReader(({ kind, payload }) => {
    if (kind !== 'ask') throw new LockstepError('bug', `who asks a run says no ${kind}`);
    send(socket, 'answer', JSON.stringify({ answer: answer(askedOf(payload)) }));
    socket.end();
  });
  socket.on('data', (bytes: Buffer) => {
    try {
      reader.push(bytes);
    } catch (thrown) {
      send(socket, 'refused', formatError(toLockstepError(thrown)));
      socket.end();
    }
  });
}

function askedOf(payload: Buffer): unknown {
  const { protocol, asked } = JSON.parse(payload.toString()) as { protocol?: unknown; asked?: unknown };
  if (protocol === DOOR_PROTOCOL) return asked;
  throw new LockstepError('usage', 'the run is of another release of lockstep', {
    hint: 'ask it with that release',
  });
}

function hear(socket: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(({ kind, payload }) => {
      if (kind === 'refused') reject(parseError(payload));
      else if (kind === 'answer') resolve((JSON.parse(payload.toString()) as { answer?: unknown }).answer);
      else reject(new LockstepError('bug', `a run that is asked says no ${kind}`));
    });
    socket.on('data', (bytes: Buffer) => {
      try {
        reader.push(bytes);
      } catch (thrown) {
        reject(thrown);
      }
    });
    socket.on('error', () => reject(gone()));
    socket.once('close', () => reject(gone()));
  });
}

function send(socket: Socket, kind: 'ask' | 'answer' | 'refused', text: string): void {
  const payload = Buffer.from(text);
  socket.write(Buffer.concat([frameHeader(kind, 0, payload.length), payload]));
}

function gone(): LockstepError {
  return new LockstepError('session-gone', 'the run does not answer');
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}
