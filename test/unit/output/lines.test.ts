import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../../src/text/lines.ts';
import { often } from '../../often.ts';

/** Cuts `bytes` at the given places and pushes the parts. */
function split(
  bytes: Buffer,
  cuts: readonly number[],
  lineBytesMax: number,
): { blocks: Buffer[]; rest: Buffer } {
  const splitter = new LineSplitter(lineBytesMax);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  const blocks = places.flatMap((start, index) =>
    splitter.push(bytes.subarray(start, places[index + 1] ?? bytes.length)),
  );
  return { blocks, rest: splitter.end() ?? Buffer.alloc(0) };
}

const text = fc
  .array(fc.constantFrom('a', 'bc', 'ü', '日', '😀', '\n', '\r\n', 'x'.repeat(9)), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join('')));
const cuts = fc.array(fc.nat(500), { maxLength: 12 });

describe('S11: the line splitter', () => {
  test('loses and adds no byte, however the stream is cut, also where it is no UTF-8', () => {
    const bytes = fc.oneof(
      text,
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    );
    fc.assert(
      fc.property(bytes, cuts, fc.integer({ min: 1, max: 40 }), (input, places, lineBytesMax) => {
        const { blocks, rest } = split(input, places, lineBytesMax);
        expect(Buffer.concat([...blocks, rest])).toEqual(input);
      }),
      { numRuns: often(500) },
    );
  });

  test('hands on whole lines only, none longer than the bound, and splits no character', () => {
    fc.assert(
      fc.property(text, cuts, fc.integer({ min: 4, max: 40 }), (input, places, lineBytesMax) => {
        const { blocks, rest } = split(input, places, lineBytesMax);
        for (const block of blocks) {
          expect(block.length).toBeGreaterThan(0);
          expect(block.toString()).not.toContain('\ufffd');
          const lines = block.toString('latin1').split('\n');
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(lineBytesMax);
          if (!block.toString().endsWith('\n')) {
            expect(lines).toHaveLength(1);
            expect(block.length).toBeGreaterThan(lineBytesMax - 4);
          }
        }
        expect(rest.includes(10)).toBe(false);
        expect(rest.length).toBeLessThanOrEqual(lineBytesMax);
      }),
      { numRuns: often(500) },
    );
  });

  test('gives the lines of one chunk as one block', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from('one\ntwo\nthr'))).toEqual([Buffer.from('one\ntwo\n')]);
    expect(splitter.push(Buffer.from('ee'))).toEqual([]);
    expect(splitter.push(Buffer.from('\nfour\n'))).toEqual([Buffer.from('three\nfour\n')]);
    expect(splitter.end()).toBeUndefined();
  });

  test('lets a line of exactly the bound pass whole', () => {
    const splitter = new LineSplitter(4);
    expect(splitter.push(Buffer.from('abcd'))).toEqual([]);
    expect(splitter.push(Buffer.from('\n'))).toEqual([Buffer.from('abcd\n')]);
  });
});
