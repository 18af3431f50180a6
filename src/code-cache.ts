/**
 * What V8 has made of a part's source, packed to be kept beside it. V8 takes such code for any source of the same length, and does
 * not look whether it is whole: so it is bound here to the very source, and to the Node.js that has made it.
 */

export function packCode(source: Buffer, code: Buffer): Buffer {
  return Buffer.concat([headOf(source, code), code]);
}

/** undefined: it is not whole, or of another source or Node.js. */
export function unpackCode(source: Buffer, packed: Buffer): Buffer | undefined {
  const code = packed.subarray(HEAD_BYTES);
  return packed.subarray(0, HEAD_BYTES).equals(headOf(source, code)) ? code : undefined;
}

/** V8 copies what does not begin at an even address. */
const HEAD_BYTES = 128;

function headOf(source: Buffer, code: Buffer): Buffer {
  const { version, platform, arch } = process;
  // Loaded here, since what answers at once needs none.
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const words = [version, platform, arch, source.length, crc32(source), code.length, crc32(code)];
  return Buffer.from(`lockstep's code: ${words.join(' ')}`.padEnd(HEAD_BYTES).slice(0, HEAD_BYTES), 'latin1');
}
