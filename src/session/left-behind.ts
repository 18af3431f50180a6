/**
 * What holders that were killed have left of their sessions: a directory of this account, with a socket at which nobody
 * listens and the mark of `SocketDirectory.protect`. It is removed name by name, so that nothing else can go with it.
 */
import { lstatSync, readdirSync, readlinkSync, rmdirSync, unlinkSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { bootId } from '../core/boot.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { isSafeFromOthers } from '../core/safe-from-others.ts';
import { codeOf } from '../core/system-error.ts';
import {
  checkSocketPath,
  isOurSocket,
  isPrivateDirectory,
  MARK_NAME,
  SOCKET_NAME,
} from './socket-directory.ts';

/** Looks at what lies beside a session's own directory. Never rejects: what cannot be removed stays. */
export async function removeLeftBehind(parent: string): Promise<void> {
  try {
    if (!isSafeFromOthers(parent)) return;
    let looks = 0;
    for await (const { name } of await opendir(parent)) {
      if (++looks > LIMITS.leftBehindNamesMax) return;
      if (name.startsWith('lockstep-')) await removeIfDead(join(parent, name));
    }
  } catch {
    // The session itself does not need this.
  }
}

async function removeIfDead(directory: string): Promise<void> {
  const socketPath = join(directory, SOCKET_NAME);
  try {
    if (!isOfSession(directory) || !(await refuses(socketPath))) return;
    unlinkSync(socketPath);
    unlinkSync(join(directory, MARK_NAME));
    rmdirSync(directory);
  } catch {
    // Its holder, or another session, has just removed it; or it is none of ours.
  }
}

/** Whether a session of this account made this directory, since this machine started, and nothing else lies in it. */
function isOfSession(directory: string): boolean {
  return (
    isPrivateDirectory(directory) &&
    readdirSync(directory).sort().join('/') === `${MARK_NAME}/${SOCKET_NAME}` &&
    isOurSocket(lstatSync(join(directory, SOCKET_NAME))) &&
    readlinkSync(join(directory, MARK_NAME)) === bootId()
  );
}

/** A holder that lives hears a call that leaves without a word; one that is stopped, or has too many, does not refuse. */
function refuses(socketPath: string): Promise<boolean> {
  checkSocketPath(socketPath);
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
  });
}
