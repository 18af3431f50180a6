/** Frames of both ends of a session, as they go into its socket. */
import type { Socket } from 'node:net';
import { type FrameKind, frameHeader } from './frames.ts';

/** What belongs together goes out as one piece; nothing does where the socket is closed. */
export function writeFrame(socket: Socket, kind: FrameKind, channel: number, payload: Uint8Array): void {
  if (!socket.writable) return;
  socket.cork();
  socket.write(frameHeader(kind, channel, payload.length));
  if (payload.length > 0) socket.write(payload);
  process.nextTick(() => socket.uncork());
}
