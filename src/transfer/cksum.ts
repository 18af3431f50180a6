/** The sum of POSIX `cksum`, a program that each node has: CRC-32 of the bytes and then of their number. Pure. */
export class Cksum {
  #crc = 0;
  #bytes = 0;

  update(bytes: Uint8Array): void {
    let crc = this.#crc;
    for (const byte of bytes) crc = next(crc, byte);
    this.#crc = crc;
    this.#bytes += bytes.length;
  }

  value(): number {
    let crc = this.#crc;
    for (let rest = this.#bytes; rest > 0; rest = Math.floor(rest / 256)) crc = next(crc, rest % 256);
    return ~crc >>> 0;
  }
}

const POLYNOMIAL = 0x04c1_1db7;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? POLYNOMIAL : 0);
  return crc;
});

const next = (crc: number, byte: number): number => (crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0);
