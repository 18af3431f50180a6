/**
 * The place of a session's socket: a directory that nobody but its owner can enter. The socket is the permission to
 * work on the nodes, so both ends check twice who made it.
 */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, type Stats, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { bootId } from '../core/boot.ts';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { systemErrorText } from '../core/system-error.ts';

export const SOCKET_NAME = 'session';
/** A link that leads nowhere and tells the boot, made when the socket listens: see `markListening`. */
export const MARK_NAME = 'boot';

export interface SocketDirectory {
  readonly socketPath: string;
  /** Call it once the server listens. From then on another session removes what is left, if this process is killed. */
  protect(): void;
  /** Removes socket and directory; may be called twice. */
  remove(): void;
}

/** `runtimeDirectory`: XDG_RUNTIME_DIR, used if it is as private as it should be. */
export function makeSocketDirectory(runtimeDirectory: string | undefined, run: string): SocketDirectory {
  const isRuntimeUsed = isPrivateDirectory(runtimeDirectory);
  const wanted = isRuntimeUsed
    ? join(runtimeDirectory, `lockstep-${run}`)
    : join(tmpdir(), 'lockstep-XXXXXX');
  checkSocketPath(join(wanted, SOCKET_NAME), isRuntimeUsed ? runtimeDirectory : tmpdir());
  const directory = isRuntimeUsed ? makeDirectory(wanted) : makeTemporary(tmpdir());
  const socketPath = join(directory, SOCKET_NAME);
  return {
    socketPath,
    protect: () => {
      chmodSync(socketPath, 0o600);
      markListening(directory);
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/**
 * From now on a socket there that refuses is one whose holder is gone, for who finds the same boot in the mark. Another
 * kernel, with which the directory is shared, would find nobody at the socket of a holder that lives here.
 */
function markListening(directory: string): void {
  const boot = bootId();
  if (boot !== '') symlinkSync(boot, join(directory, MARK_NAME));
}

/** Throws for a path that does not fit into a socket's address: Node would cut it, and the socket would lie elsewhere. */
export function checkSocketPath(path: string, parent = dirname(path)): void {
  if (Buffer.byteLength(path) <= LIMITS.socketPathBytesMax) return;
  const text = `the path of a socket below ${parent} is too long: ${Buffer.byteLength(path)} bytes, of ${LIMITS.socketPathBytesMax}`;
  throw new LockstepError('local-refusal', text, { hint: SOCKET_HINT });
}

export const SOCKET_HINT =
  'the socket of a session is made in XDG_RUNTIME_DIR, or below TMPDIR: set a short path';

const atExit = new Set<() => void>();

/**
 * Runs `remove` however this process ends, unless it is killed: one listener serves all sessions that a program holds.
 * Returns a function that runs it earlier.
 */
export function removedAtExit(remove: () => void): () => void {
  if (atExit.size === 0) process.on('exit', removeAll);
  atExit.add(remove);
  return () => {
    atExit.delete(remove);
    if (atExit.size === 0) process.off('exit', removeAll);
    remove();
  };
}

function removeAll(): void {
  for (const remove of atExit) remove();
}

function makeTemporary(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'lockstep-'));
  } catch (error) {
    const text = `cannot make a directory for the session's socket in ${parent}: ${systemErrorText(error)}`;
    throw new LockstepError('local-refusal', text, {
      hint: 'set TMPDIR to a directory that you may write to',
    });
  }
}

/**
 * Throws when a session's address does not lead to this account's socket in this account's private directory:
 * `usage` if it is no such address, `session-gone` if the socket is no longer there.
 */
export function checkAddress(socketPath: string): void {
  const refuse = (why: string) =>
    new LockstepError('usage', `LOCKSTEP_SESSION ${why}`, {
      hint: 'it is set by lockstep -L; unset it to connect on your own',
    });
  if (socketPath === '') throw refuse('is empty');
  if (!isAbsolute(socketPath)) throw refuse('is not an absolute path');
  const socket = lstatSync(socketPath, { throwIfNoEntry: false });
  if (socket === undefined)
    throw new LockstepError('session-gone', 'the session is gone: its holder has ended');
  if (!socket.isSocket()) throw refuse('is not a socket');
  if (!isOurSocket(socket) || !isPrivateDirectory(dirname(socketPath))) {
    throw refuse('leads to a socket that others could have made: its directory is not private to you');
  }
}

export function isOurSocket(stats: Stats | undefined): boolean {
  return stats?.isSocket() === true && isOurs(stats);
}

function makeDirectory(path: string): string {
  mkdirSync(path, { mode: 0o700 });
  return path;
}

export function isPrivateDirectory(path: string | undefined): path is string {
  if (path === undefined || !isAbsolute(path)) return false;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && isOurs(stats) && (stats.mode & 0o777) === 0o700;
}

function isOurs({ uid }: Stats): boolean {
  return uid === process.geteuid?.();
}
