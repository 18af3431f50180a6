/**
 * Output of one node that waits for its turn, in order: packed in segments, in memory while there is room, then on
 * disk. Packing bounds the memory even for a node that sends single bytes.
 */

import type { OutputEvent } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { Extent, Spill } from './spill.ts';

export type Piece = Pick<OutputEvent, 'stream' | 'from' | 'chunk' | 'endsLine'>;

/** Shared by all backlogs of a run. */
export interface BacklogStore {
  readonly spill: Spill;
  /** Bytes that all backlogs hold in memory, without open segments. */
  memoryBytes: number;
  /** Called when the disk is full: then segments stay in memory, and nodes must be held back instead. */
  onSpillFailed(error: unknown): void;
}

interface Segment {
  /** Undefined while it is on disk. */
  bytes: Buffer | undefined;
  readonly extent?: Promise<Extent | undefined>;
}

export class Backlog {
  readonly #store: BacklogStore;
  #segments: Segment[] = [];
  #memoryBytes = 0;
  #openFrames: Buffer[] = [];
  #openCostBytes = 0;

  constructor(store: BacklogStore) {
    this.#store = store;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0 && this.#openFrames.length === 0;
  }

  /** A promise resolves when the disk has taken the bytes. */
  push(piece: Piece): void | Promise<void> {
    const frame = packPiece(piece);
    this.#openFrames.push(frame);
    this.#openCostBytes += frame.length + LIMITS.backlogPieceCostBytes;
    if (this.#openCostBytes < LIMITS.backlogSegmentBytes) return;
    return this.#keep(this.#takeOpen());
  }

  /** Takes the oldest segment: its pieces leave the backlog even when reading them back fails. */
  async shift(): Promise<Piece[]> {
    const segment = this.#segments.shift();
    if (segment === undefined) return unpackPieces(this.#takeOpen());
    const extent = await segment.extent;
    if (segment.bytes !== undefined) {
      this.#countMemory(-segment.bytes.length);
      return unpackPieces(segment.bytes);
    }
    return extent === undefined ? [] : unpackPieces(await this.#store.spill.take(extent));
  }

  /** Nothing more comes: bounds the open segment like the others. */
  seal(): void {
    if (this.#openFrames.length > 0) void this.#keep(this.#takeOpen());
  }

  /** Drops what waits. */
  discard(): void {
    this.#takeOpen();
    for (const segment of this.#segments.splice(0)) void this.#drop(segment);
  }

  async #drop(segment: Segment): Promise<void> {
    const extent = await segment.extent;
    if (extent === undefined) this.#countMemory(-(segment.bytes?.length ?? 0));
    else this.#store.spill.forget(extent);
  }

  #keep(bytes: Buffer): void | Promise<void> {
    const hasRoom =
      this.#memoryBytes + bytes.length <= LIMITS.outputQueuePerNodeBytesMax &&
      this.#store.memoryBytes + bytes.length <= LIMITS.outputQueueBytesMax;
    this.#countMemory(bytes.length);
    if (hasRoom) {
      this.#segments.push({ bytes });
      return;
    }
    const extent = this.#store.spill.append(bytes).then(
      (written) => {
        segment.bytes = undefined;
        this.#countMemory(-bytes.length);
        return written;
      },
      (error: unknown) => {
        this.#store.onSpillFailed(error);
        return undefined;
      },
    );
    const segment: Segment = { bytes, extent };
    this.#segments.push(segment);
    return extent.then(() => {});
  }

  #takeOpen(): Buffer {
    const bytes = Buffer.concat(this.#openFrames);
    this.#openFrames = [];
    this.#openCostBytes = 0;
    return bytes;
  }

  #countMemory(bytes: number): void {
    this.#memoryBytes += bytes;
    this.#store.memoryBytes += bytes;
  }
}

/** The message when kept output cannot be read back. */
export function describeLostOutput(node?: Node): string {
  return node === undefined ? 'output that was kept back is lost' : `output of ${node.id} is lost`;
}

const HEADER_BYTES = 5;
const IS_STDERR = 1;
const IS_TAR = 2;
const ENDS_LINE = 4;

/** One byte of flags, four of length, then the chunk; a copy, so that it does not pin the packet it came in. */
function packPiece({ stream, from, chunk, endsLine }: Piece): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + chunk.length);
  const source = (stream === 'stderr' ? IS_STDERR : 0) | (from === 'tar' ? IS_TAR : 0);
  frame.writeUInt8(source | (endsLine === true ? ENDS_LINE : 0), 0);
  frame.writeUInt32LE(chunk.length, 1);
  chunk.copy(frame, HEADER_BYTES);
  return frame;
}

function unpackPieces(bytes: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const flags = bytes.readUInt8(at);
    const start = at + HEADER_BYTES;
    at = start + bytes.readUInt32LE(at + 1);
    const stream = flags & IS_STDERR ? 'stderr' : 'stdout';
    const kind = {
      ...(flags & IS_TAR ? { from: 'tar' as const } : {}),
      ...(flags & ENDS_LINE ? { endsLine: true } : {}),
    };
    pieces.push({ stream, ...kind, chunk: bytes.subarray(start, at) });
  }
  return pieces;
}
