/**
 * ServerAliveInterval: asks a server that has been silent for that time whether it is there, and gives it up when it
 * stays silent. Any byte is an answer here; ssh2 counts only replies, and would give up a node busy with an upload.
 */
import type { Client } from 'ssh2';
import type { HostConfig } from '../config/host-config.ts';
import type { Wire } from './piped-wire.ts';

export interface Watched {
  readonly client: Client;
  readonly socket: Wire;
  onSilent(reason: string): void;
}

export function watchServer(
  { client, socket, onSilent }: Watched,
  { serverAliveIntervalMs, serverAliveCountMax }: HostConfig,
): void {
  if (serverAliveIntervalMs === 0) return;
  const protocol = (client as unknown as { _protocol: { ping(): void } })._protocol;
  let [heardBytes, unanswered] = [socket.bytesRead, 0];
  const timer = setInterval(() => {
    if (socket.bytesRead !== heardBytes) unanswered = 0;
    heardBytes = socket.bytesRead;
    if (unanswered >= serverAliveCountMax) {
      clearInterval(timer);
      const silentSeconds = (serverAliveIntervalMs * (unanswered + 1)) / 1000;
      return onSilent(`the server has not answered for ${silentSeconds} s (ServerAliveInterval)`);
    }
    unanswered += 1;
    protocol.ping();
  }, serverAliveIntervalMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}
