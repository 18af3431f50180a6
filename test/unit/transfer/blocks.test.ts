import fc from 'fast-check';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, headerBlocks } from '../../../src/transfer/blocks.ts';
import type { TarHeader } from '../../../src/transfer/header.ts';
import { anyText } from '../../any-text.ts';

const file: TarHeader = { name: 'tree/a', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };

/** As another program reads it. */
function read(blocks: Buffer): Promise<unknown> {
  const reader = extract();
  const header = new Promise((resolve) => reader.on('entry', resolve));
  reader.write(blocks);
  return header;
}

const blocksOf = (header: Partial<TarHeader>) => headerBlocks({ ...file, ...header });
const countOf = (header: Partial<TarHeader>) => blocksOf(header).length / BLOCK_BYTES;

describe('the blocks of a header', () => {
  it('F7: are read by others as they were meant, whatever the names', async () => {
    const name = fc
      .array(anyText({ minLength: 1, maxLength: 130 }), { minLength: 1, maxLength: 4 })
      .map((parts) => `tree/${parts.map((part) => part.replaceAll(/[/\0]/g, '_')).join('/')}`);
    const header = fc.record({
      name,
      type: fc.constantFrom('file', 'symlink', 'link' as const),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: fc.integer({ min: 0, max: 0o777777 }),
      gid: fc.integer({ min: 0, max: 0o777777 }),
      mtime: fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((seconds) => new Date(seconds * 1000)),
      linkname: name,
    });
    await fc.assert(
      fc.asyncProperty(header, async ({ linkname, ...given }) => {
        const target = given.type === 'file' ? {} : { linkname };
        expect(await read(blocksOf({ ...given, ...target }))).toMatchObject({ ...given, ...target });
      }),
    );
  });

  it.each([
    { what: 'a name of 100 bytes', header: { name: 'n'.repeat(100) }, count: 1 },
    {
      what: 'a name of 256 bytes with a slash where it can be split',
      header: { name: `${'d'.repeat(155)}/${'n'.repeat(100)}` },
      count: 1,
    },
    {
      what: 'one that can be split nowhere',
      header: { name: `${'d'.repeat(156)}/${'n'.repeat(99)}` },
      count: 3,
    },
    { what: 'a name that is not ASCII', header: { name: 'ü' }, count: 3 },
    { what: 'a time with nanoseconds', header: { pax: { mtime: '1.000000001' } }, count: 3 },
  ])('are no more than it needs: $what', ({ header, count }) => {
    expect(countOf(header)).toBe(count);
  });

  it.each([95, 96, 97, 98, 99, 100, 994, 995, 996, 997])(
    'F7: a record of %d bytes says its own length with the digits of that',
    async (length) => {
      const name = 'ü'.repeat(length);
      expect(await read(blocksOf({ name }))).toMatchObject({ name });
    },
  );

  it('name in pax records nothing that the header has room for', () => {
    const text = blocksOf({ name: 'tree/plain', pax: { mtime: '1.000000001' } }).toString('latin1');
    expect(text).toContain('21 mtime=1.000000001\n');
    expect(text).not.toContain('path=');
  });
});
