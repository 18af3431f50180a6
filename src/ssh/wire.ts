/** The elements of SSH's messages and keys (RFC 4251, section 5). */

/** A string: its length in four bytes, then itself. */
export function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads bytes from others. Throws a plain Error when they end too early. */
export class WireReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  get offset(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#data.length;
  }

  bytes(count: number): Buffer {
    if (count > this.#data.length - this.#at) throw new Error('it is cut off');
    this.#at += count;
    return this.#data.subarray(this.#at - count, this.#at);
  }

  uint8(): number {
    return this.bytes(1).readUInt8();
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  field(): Buffer {
    return this.bytes(this.uint32());
  }

  text(): string {
    return this.field().toString('utf8');
  }

  /** Returns all remaining fields. */
  fields(): Buffer[] {
    const all: Buffer[] = [];
    while (!this.isAtEnd) all.push(this.field());
    return all;
  }
}
