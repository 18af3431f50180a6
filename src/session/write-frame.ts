/** Writes frames to the socket, for both ends of a session. */
import type { Socket } from 'node:net';
import { type FrameKind, frameHeader } from './frames.ts';

/** Writes a frame as one piece; writes nothing to a closed socket. */
export function writeFrame(socket: Socket, kind: FrameKind, channel: number, payload: Uint8Array): void {
  if (!socket.writable) return;
  socket.cork();
  socket.write(frameHeader(kind, channel, payload.length));
  if (payload.length > 0) socket.write(payload);
  process.nextTick(() => socket.uncork());
}
