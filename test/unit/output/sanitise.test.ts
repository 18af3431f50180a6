// @module-tag slow: left out of npm run test:quick
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitiseJson, sanitiseLines, sanitiseText, sanitiseWord } from '../../../src/text/sanitise.ts';
import { anyText } from '../../any-text.ts';
import { often } from '../../often.ts';

const clean = (text: string) => sanitiseLines(Buffer.from(text));

describe('S9: a node cannot own the terminal of the operator', () => {
  test.each([
    ['an OSC title', '\x1b]0;owned\x07\n', '^[]0;owned^G\n'],
    ['an OSC 52 clipboard write', '\x1b]52;c;cm0gLXJm\x1b\\\n', '^[]52;c;cm0gLXJm^[\\\n'],
    ['a device control string', '\x1bP$q"p\x1b\\\n', '^[P$q"p^[\\\n'],
    ['a cursor move up and an erased line', '\x1b[1A\x1b[2Kroot@web1 ok\n', '^[[1A^[[2Kroot@web1 ok\n'],
    ['a status report', '\x1b[6n\n', '^[[6n\n'],
    ['the alternate screen', '\x1b[?1049h\n', '^[[?1049h\n'],
    ['a full reset', '\x1bc\n', '^[c\n'],
    ['a colour that is none', '\x1b[31;1$m\n', '^[[31;1$m\n'],
    ['a carriage return that forges a prefix', 'done\rweb2 all is well\n', 'done^Mweb2 all is well\n'],
    ['backspaces over the prefix', '\b\b\b\bweb2 ok\n', '^H^H^H^Hweb2 ok\n'],
    ['a C1 control sequence in UTF-8', '\u009b2J\n', '\\u{9b}2J\n'],
    ['right-to-left override', 'safe\u202egpj.exe\n', 'safe\\u{202e}gpj.exe\n'],
    ['a bidi isolate', '\u2066x\u2069\n', '\\u{2066}x\\u{2069}\n'],
    ['zero-width characters', 'pay\u200bpal\ufeff\n', 'pay\\u{200b}pal\\u{feff}\n'],
    ['tag characters', 'a\u{e0041}\n', 'a\\u{e0041}\n'],
    ['a line separator', 'a\u2028web2 b\n', 'a\\u{2028}web2 b\n'],
    ['NUL and DEL', 'a\0b\x7f\n', 'a^@b^?\n'],
    ['form feed and vertical tab', 'a\fb\vc\n', 'a^Lb^Kc\n'],
  ])('%s becomes visible', (_name, attack, shown) => {
    expect(clean(attack)).toBe(shown);
  });

  test('raw C1 bytes, which are no UTF-8, become replacement characters', () => {
    expect(sanitiseLines(Buffer.from([0x9b, 0x32, 0x4a, 0x0a]))).toBe('\ufffd2J\n');
  });

  test('colours pass, and end with their line', () => {
    expect(clean('\x1b[31mred\nplain\n')).toBe('\x1b[31mred\x1b[0m\nplain\n');
    expect(clean('\x1b[38;5;31mno newline')).toBe('\x1b[38;5;31mno newline\x1b[0m');
  });

  test('a DOS line end becomes a newline; text, tabs and emoji stay as they are', () => {
    expect(clean('one\r\ntwo\r\n')).toBe('one\ntwo\n');
    expect(clean('grüße\t日本 ❤️\n')).toBe('grüße\t日本 ❤️\n');
  });

  test('whatever bytes come, no banned character is left and no line is added', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      anyText({ maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
      fc
        .array(fc.constantFrom('\x1b', '[', '31m', 'm', '0', ';', '\r', '\n', '\u009b', '\u202e', 'x'))
        .map((parts) => new TextEncoder().encode(parts.join(''))),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        const shown = sanitiseLines(Buffer.from(bytes));
        const withoutColours = shown.replace(COLOUR, '');
        expect(withoutColours).not.toMatch(BANNED);
        expect(shown.split('\n').length).toBe(Buffer.from(bytes).toString().split('\n').length);
        for (const line of shown.split('\n'))
          if (line.includes('\x1b')) expect(line.endsWith('\x1b[0m')).toBe(true);
      }),
      { numRuns: often(500) },
    );
  });
});

const COLOUR = new RegExp(`${'\x1b'}\\[[\\d;:]*m`, 'g');
const BANNED = /(?![\n\t])[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

describe('S10: text that we insert ourselves', () => {
  test('has no colours and no controls, and a name has no line ends either', () => {
    expect(sanitiseText('\x1b[31mred\x1b[0m\nnext\r')).toBe('^[[31mred^[[0m\nnext^M');
    expect(sanitiseWord('web1\nweb2\tx')).toBe('web1^Jweb2^Ix');
  });

  test('JSON says the same with and without its escapes, and a terminal finds nothing in it to obey', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 100 }), (text) => {
        const json = sanitiseJson(JSON.stringify(text));
        expect(JSON.parse(json)).toBe(text);
        expect(json).not.toMatch(BANNED);
      }),
    );
  });
});
