import { describe, expect, it } from 'vitest';
import { refuseLostBytes } from '../../../src/cli/lost-bytes.ts';

const lineOf = (...words: (string | Buffer)[]) =>
  Buffer.concat(words.flatMap((word) => [Buffer.from(word), Buffer.from([0])]));

describe('a word whose bytes are not UTF-8', () => {
  it('is refused by name, with its bytes (S7)', () => {
    const latin = Buffer.from([0x6c, 0x61, 0x74, 0xe9]);
    const line = lineOf('node', 'lockstep', '-C', 'rm', '', latin, 'x');
    const argv = ['-C', 'rm', '', latin.toString(), 'x'];
    expect(() => refuseLostBytes(argv, () => line)).toThrow("a word is not UTF-8: 'lat\\xe9'");
  });

  it('is told from one that holds U+FFFD itself', () => {
    const argv = ['-C', 'echo', '\u{FFFD}'];
    expect(() => refuseLostBytes(argv, () => lineOf('node', 'lockstep', ...argv))).not.toThrow();
  });

  it('is not looked for on the command line where no word can be one', () => {
    const read = () => {
      throw new Error('was read');
    };
    expect(() => refuseLostBytes(['-C', 'écho'], read)).not.toThrow();
  });

  it('passes where nothing tells what was typed', () => {
    expect(() => refuseLostBytes(['\u{FFFD}'], () => undefined)).not.toThrow();
  });
});
