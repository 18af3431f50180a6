/**
 * The newest part of the archive, in memory: a queue of chunks, each with its offset in the archive. `fan-out.ts` decides when a
 * chunk leaves.
 */
export interface RingChunk {
  /** Archive offsets of its first byte, and of the byte behind its last. */
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

export class Ring {
  readonly #bytesMax: number;
  readonly #chunks: RingChunk[] = [];
  #end = 0;
  #bytesPeak = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The archive offset of the oldest byte that is still here. */
  get start(): number {
    return this.#chunks[0]?.start ?? this.#end;
  }

  /** The archive offset behind the newest byte: the bytes produced so far. */
  get end(): number {
    return this.#end;
  }

  /** The most bytes that the ring has held at a time. */
  get bytesPeak(): number {
    return this.#bytesPeak;
  }

  get oldest(): RingChunk | undefined {
    return this.#chunks[0];
  }

  /** Whether so many bytes may be added. An empty ring takes a chunk of any size: otherwise an archive with a larger one would stop. */
  hasRoomFor(bytes: number): boolean {
    return this.#chunks.length === 0 || this.#end - this.start + bytes <= this.#bytesMax;
  }

  append(bytes: Buffer): void {
    const start = this.#end;
    this.#end += bytes.length;
    this.#chunks.push({ start, end: this.#end, bytes });
    this.#bytesPeak = Math.max(this.#bytesPeak, this.#end - this.start);
  }

  evictOldest(): void {
    this.#chunks.shift();
  }

  /** The bytes from an offset to the end of their chunk; undefined for an offset before or behind the ring. */
  at(offset: number): Buffer | undefined {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const chunk = this.#chunks[low];
    return chunk === undefined || offset < chunk.start
      ? undefined
      : chunk.bytes.subarray(offset - chunk.start);
  }
}
