import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { type ToolItem, ToolLineReader } from '../../../src/protocol/line-reader.ts';
import { parseToolSync, parseToolWatch } from '../../../src/protocol/messages.ts';
import { often } from '../../often.ts';

const prefix = 'ORGALORG:77';

describe('what a tool prints', () => {
  it('S12: is told apart into messages and unaltered output, however the stream is cut', () => {
    const piece = fc.constantFrom(
      ...[`${prefix} SYNC one`, `${prefix} SYNC`, `${prefix} SYNCFOO`, `${prefix} SYN`, `${prefix}  SYNC x`],
      ...[`${prefix} WATCH`, `${prefix} WATCHED`, `${prefix} WA`, `\n${prefix} WATCH\n`, `${prefix} `],
      ...[
        `x ${prefix} SYNC x`,
        'ORGALORG:78 SYNC x',
        'ORG',
        'plain',
        '',
        '\r',
        'é\u0000',
        ' ',
        '\n',
        '\n',
        '\n',
      ],
    );
    const stream = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join('')));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        expect(readAll(cutAt(bytes, cuts))).toEqual(readByLine(bytes.toString()));
      }),
      { numRuns: often(2_000, 20_000) },
    );
  });

  it('passes output on at once, and holds back only what may become a message', () => {
    const reader = new ToolLineReader(prefix);
    expect(texts(reader.read(Buffer.from('Proceed? ')))).toEqual(['Proceed? ']);
    expect(texts(reader.read(Buffer.from(`y\n${prefix} SY`)))).toEqual(['y\n']);
    expect(texts(reader.read(Buffer.from('STEM\n')))).toEqual([`${prefix} SYSTEM\n`]);
  });

  it('takes WATCH for a message only when nothing stands behind it', () => {
    const lines = ['WATCH', 'WATCH x', 'WATCH ', 'WATCH\r', 'SYNC WATCH', 'WATCH'].map(
      (line) => `${prefix} ${line}\n`,
    );
    expect(joined(new ToolLineReader(prefix).read(Buffer.from(lines.join(''))))).toEqual([
      { type: 'watch' },
      { type: 'output', chunk: Buffer.from(lines.slice(1, 4).join('')) },
      { type: 'sync', description: 'WATCH' },
      { type: 'watch' },
    ]);
  });

  it('never loses an unterminated last line, nor takes a message cut short for a whole one', () => {
    const reader = new ToolLineReader(prefix);
    expect(texts(reader.read(Buffer.from(`${prefix} SYNC all fi`)))).toEqual([]);
    expect(texts(reader.end())).toEqual([`${prefix} SYNC all fi`]);
    expect(reader.end()).toEqual([]);
  });

  it('S11: reports a message line beyond its bound, drops its text and reads on after it', () => {
    const reader = new ToolLineReader(prefix);
    const fits = `${prefix} SYNC ${'x'.repeat(LIMITS.protocolLineBytesMax - prefix.length - 6)}`;
    expect(texts(reader.read(Buffer.from(`${fits}\n`)))).toEqual([
      { type: 'sync', description: fits.slice(prefix.length + 6) },
    ]);
    const endless = reader.read(Buffer.from(`before\n${fits}y`));
    expect(texts(endless)).toEqual(['before\n', { type: 'overlong' }]);
    for (let count = 0; count < 100; count += 1) expect(reader.read(Buffer.alloc(65_536, 'z'))).toEqual([]);
    expect(texts(reader.read(Buffer.from(`z\n${prefix} SYNC next\nafter`)))).toEqual([
      { type: 'sync', description: 'next' },
      'after',
    ]);
  });

  it('reads a packet full of lines that only look like messages', () => {
    const reader = new ToolLineReader(prefix);
    const bytes = Buffer.from(`${prefix} SYNCFOO\n${prefix} WATCH x\n`.repeat(25_000));
    expect(texts(reader.read(bytes)).join('')).toBe(bytes.toString());
  });
});

function readAll(chunks: readonly Buffer[]): ToolItem[] {
  const reader = new ToolLineReader(prefix);
  return joined([...chunks.flatMap((chunk) => reader.read(chunk)), ...reader.end()]);
}

/** The plain definition: whole lines, one after the other. */
function readByLine(text: string): ToolItem[] {
  const lines = text.split('\n');
  const items = lines.map((line, position): ToolItem => {
    const isLast = position === lines.length - 1;
    const description = isLast ? undefined : parseToolSync(prefix, line);
    if (!isLast && parseToolWatch(prefix, line)) return { type: 'watch' };
    if (description !== undefined) return { type: 'sync', description };
    return { type: 'output', chunk: Buffer.from(isLast ? line : `${line}\n`) };
  });
  return joined(items);
}

function joined(items: readonly ToolItem[]): ToolItem[] {
  const result: ToolItem[] = [];
  for (const item of items) {
    const last = result.at(-1);
    if (item.type === 'output' && last?.type === 'output') {
      result[result.length - 1] = { type: 'output', chunk: Buffer.concat([last.chunk, item.chunk]) };
    } else if (item.type !== 'output' || item.chunk.length > 0) {
      result.push(item);
    }
  }
  return result;
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, position) => bytes.subarray(places[position], end));
}

function texts(items: readonly ToolItem[]): unknown[] {
  return items.map((item) => (item.type === 'output' ? item.chunk.toString() : item));
}
