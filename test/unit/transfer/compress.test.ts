/** An archive through gzip. */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compress } from '../../../src/transfer/compress.ts';
import { often } from '../../often.ts';

async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* each(pieces: readonly Uint8Array[]) {
  for (const piece of pieces) yield Buffer.from(piece);
}

test('comes out as it went in, however it was cut, and says how much shorter it was', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 10 }),
      async (pieces) => {
        const { bytes, ratio } = compress(each(pieces));
        expect(ratio()).toBe(1);
        const packed = await collect(bytes);
        const whole = Buffer.concat(pieces);
        expect(gunzipSync(packed).equals(whole)).toBe(true);
        expect(ratio()).toBeCloseTo(whole.length / packed.length);
      },
    ),
    { numRuns: often(50) },
  ));

test('an archive that cannot be read ends it with the same error', async () => {
  const why = new Error('"/srv/a" changed while it was being sent');
  async function* broken() {
    yield Buffer.alloc(100_000);
    throw why;
  }
  await expect(collect(compress(broken()).bytes)).rejects.toBe(why);
});

test('of whoever reads no further nothing goes on', async () => {
  let isClosed = false;
  async function* endless() {
    try {
      for (;;) yield Buffer.from(String(Math.random()).repeat(1_000));
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of compress(endless()).bytes) break;
  for (let turn = 0; turn < 100 && !isClosed; turn++) await new Promise(setImmediate);
  expect(isClosed).toBe(true);
});
