/** Text of any code points, for properties. */
import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };

/** As a string of the unit `binary`, whose table of all code points takes a second to be made. */
const codePoint = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
  .map((at) => String.fromCodePoint(at < SURROGATES.first ? at : at + SURROGATES.count));

export function anyText(lengths: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit: codePoint, ...lengths });
}
