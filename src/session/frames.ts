/**
 * The frames between the holder of a session and the calls that join it: length (u32), kind (u8), channel (u32),
 * payload. Both ends are lockstep's and one user's; bytes that do not parse end the connection. Pure.
 */
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';

/** In the order of their numbers on the wire: new ones go to the end. */
const KINDS = [
  /** Holder: who it is, as JSON (`Welcome`). The first frame. */
  'welcome',
  /** Call: run this command on a node, in a keeper of the session; the payload is a `Request`. */
  'go',
  /** Call: open a channel on a node; the payload is a `Request`. */
  'exec',
  /** Holder: the channel is open. */
  'opened',
  /** Holder: the channel is not open, or the command did not start: JSON (`Refused`). */
  'refused',
  /** Call: bytes for stdin. */
  'stdin',
  /** Call: end of file on stdin. */
  'end',
  /** Call: closes a channel, or ends a command and all that it started. */
  'close',
  /** Holder: bytes of the command. */
  'stdout',
  'stderr',
  /** Both: the reader has taken this many bytes (u32), and as many others may follow. */
  'credit',
  /** Holder: how the channel ended, after its last byte: JSON (`ChannelResult`). */
  'result',
  /** Holder: the connection to a node (its number is the channel) has ended; the payload is the reason. */
  'node-lost',
  /** Holder: the session is over: JSON (`Refused`). */
  'over',
  /** Holder: how the command ended: JSON (`ChannelResult`). What it left in the background may still write; `result` follows then. */
  'ended',
  /** Holder: commands of this call wait for channels that other calls have: JSON (`Waits`). At most once a call. */
  'waits',
  /** To a run at work: JSON; it answers with one `answer`, or `refused`. */
  'ask',
  'answer',
] as const;

export type FrameKind = (typeof KINDS)[number];

export interface Frame {
  readonly kind: FrameKind;
  readonly channel: number;
  readonly payload: Buffer;
}

const HEADER_BYTES = 9;

/** The header of a frame; the payload follows as it is. */
export function frameHeader(kind: FrameKind, channel: number, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(payloadBytes, 0);
  header.writeUInt8(KINDS.indexOf(kind), 4);
  header.writeUInt32BE(channel, 5);
  return header;
}

/** Cuts a stream of bytes back into frames, wherever its pieces begin and end. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws LockstepError `bug` for bytes that are no frame. */
  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    for (let size = this.#nextSize(); size !== undefined && this.#bytes >= size; size = this.#nextSize()) {
      const whole = this.#take(size);
      const kind = KINDS[whole.readUInt8(4)];
      if (kind === undefined) throw new LockstepError('bug', 'a frame of an unknown kind');
      this.#onFrame({ kind, channel: whole.readUInt32BE(5), payload: whole.subarray(HEADER_BYTES) });
    }
  }

  /** Header and payload of the next frame; undefined while its header is not whole. */
  #nextSize(): number | undefined {
    if (this.#bytes < HEADER_BYTES) return undefined;
    if ((this.#pieces[0]?.length ?? 0) < HEADER_BYTES) this.#pieces = [Buffer.concat(this.#pieces)];
    const payloadBytes = this.#pieces[0]?.readUInt32BE(0) ?? 0;
    if (payloadBytes > LIMITS.sessionFrameBytesMax)
      throw new LockstepError('bug', 'a frame beyond all bounds');
    return HEADER_BYTES + payloadBytes;
  }

  #take(size: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#pieces;
    const whole = first.length >= size ? first : Buffer.concat(this.#pieces);
    const rest = whole.subarray(size);
    this.#pieces = [...(rest.length > 0 ? [rest] : []), ...(whole === first ? this.#pieces.slice(1) : [])];
    this.#bytes -= size;
    return whole.subarray(0, size);
  }
}
