/** What no honest tar sends ends the node, and changes nothing here. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PULL_LIMITS } from '../../../../src/core/limits/pull.ts';
import { otherLimits } from '../../../other-limits.ts';
import {
  archive,
  DIRECTORY,
  END,
  header,
  inDirectory,
  inVault,
  member,
  type Piece,
  pax,
  unpackBytes,
} from './hostile.ts';

// As many names as are promised take seconds.
otherLimits(PULL_LIMITS, { nameBytesMax: 1024 * 1024 });

const LONG = 'x'.repeat(300);

describe('an archive that lies is refused', () => {
  test.each<[string, (Piece | Buffer)[], RegExp]>([
    ['an absolute name', [{ name: '/etc/passwd' }], /absolute/],
    ['a name that climbs', [{ name: 'top/../../vault/secret' }], /"\.\."/],
    ['a name that climbs, in a pax record', [pax({ path: '../vault/secret' }), {}], /"\.\."/],
    [
      'a name that climbs, in a long name',
      [member({ name: '././@LongLink', type: 'L', contents: '../vault/x\0' }), {}],
      /"\.\."/,
    ],
    ['a name that climbs, in a prefix', [{ prefix: '..', name: 'vault/secret' }], /"\.\."/],
    ['what was not asked for', [{ name: 'other' }], /not asked for/],
    ['a name that only begins as what was asked for', [{ name: 'topper' }], /not asked for/],
    ['a name twice', [DIRECTORY, {}, {}], /twice/],
    ['a name twice, once as a link', [DIRECTORY, { type: '2', link: 'g' }, {}], /twice/],
    [
      'a path through a link',
      [DIRECTORY, { name: 'top/l', type: '2', link: '.' }, { name: 'top/l/f' }],
      /through a link/,
    ],
    ['a path through a file', [DIRECTORY, {}, { name: 'top/f/g' }], /through a link or file/],
    [
      'a hard link to what it has not sent',
      [DIRECTORY, { type: '1', link: 'vault/secret' }],
      /leads to no file/,
    ],
    ['a hard link that climbs', [DIRECTORY, { type: '1', link: '../vault/secret' }], /"\.\."/],
    ['a hard link to /', [DIRECTORY, { type: '1', link: '/etc/passwd' }], /absolute/],
    ['a hard link to a directory', [DIRECTORY, { type: '1', link: 'top' }], /leads to no file/],
    ['a part of a name that is too long', [DIRECTORY, pax({ path: `top/${LONG}` }), {}], /too long/],
    ['an empty part of a name', [{ name: 'top//f' }], /empty part/],
    ['a dot in a name', [{ name: 'top/./f' }], /empty part/],
    ['a NUL in a name', [pax({ path: 'top/a\0b' }), {}], /NUL/],
    [
      'a directory with contents',
      [{ name: 'top/', type: '5', size: 512 }, Buffer.alloc(512)],
      /no contents has a size/,
    ],
    ['a file that is called a directory', [{ name: 'top/', contents: 'x' }], /directory has contents/],
    ['a symbolic link with contents', [DIRECTORY, { type: '2', link: 'g', contents: 'x' }], /has a size/],
    ['a type that nobody knows', [DIRECTORY, { type: 'S' }], /of type "S"/],
    ['a header for all that follows', [member({ type: 'g', contents: '9 a=b\n\n\n\n' }), {}], /of type "g"/],
    ['a sparse file', [pax({ 'GNU.sparse.size': '9' }), {}], /in parts/],
    ['a size that is larger than what follows', [DIRECTORY, header({ size: 5000 })], /archive|cut|end/],
    [
      'a size that is smaller than what follows',
      [DIRECTORY, header({ size: 1 }), Buffer.alloc(512, 'x'), Buffer.alloc(512, 'x')],
      /no archive/,
    ],
    ['a size in a record that is larger', [DIRECTORY, pax({ size: '99999' }), {}], /cut|archive/],
    ['a size that is no number', [DIRECTORY, pax({ size: '-1' }), {}], /no number/],
    ['a time that is no number', [DIRECTORY, pax({ mtime: 'now' }), {}], /no number/],
    [
      'a record that is longer than its header',
      [DIRECTORY, member({ type: 'x', contents: '99 path=top/x\n' }), {}],
      /records/,
    ],
    [
      'a record without an end',
      [DIRECTORY, member({ type: 'x', contents: '13 path=top/xy' }), {}],
      /records/,
    ],
    ['a record of no length', [DIRECTORY, member({ type: 'x', contents: '0 path=top/x\n' }), {}], /records/],
    ['headers without an end', Array.from({ length: 9 }, () => pax({ path: 'top/x' })), /too many headers/],
    ['a sum that is wrong', [DIRECTORY, { sum: 1 }], /no archive/],
    ['something behind its end', [DIRECTORY, END, Buffer.alloc(512, 'x')], /behind the end/],
    ['words of a login script', [Buffer.alloc(512, 'Welcome! ')], /no archive|number/],
  ])('%s', (_what, pieces, message) =>
    inVault(async (top) => {
      await expect(unpackBytes(archive(...pieces), { top })).rejects.toThrow(message);
    }),
  );

  test('a header of any length it names is not held in memory', () =>
    inVault(async (top) => {
      const large = header({ type: 'x', size: 4 * 1024 ** 3 });
      await expect(unpackBytes(Buffer.concat([large, Buffer.alloc(4096, 'x')]), { top })).rejects.toThrow(
        /one of its headers has/,
      );
    }));

  test('a stream that does not end is ended by the bytes that may come', () =>
    inVault(async (top) => {
      function* endless() {
        yield header({ size: 2 ** 32 - 1 });
        for (;;) yield Buffer.alloc(65_536);
      }
      await expect(unpackBytes(endless(), { top, bytesMax: 1e6, pieceBytes: 65_536 })).rejects.toThrow(
        'it sends more than 1000000 bytes',
      );
      mkdirSync(join(top, 'z'));
      function* zeros() {
        yield archive(DIRECTORY);
        for (;;) yield Buffer.alloc(65_536);
      }
      await expect(
        unpackBytes(zeros(), { top: join(top, 'z'), bytesMax: 1e6, pieceBytes: 65_536 }),
      ).rejects.toThrow('more than 1000000');
    }));

  test('names are kept in bounded memory, those that are left out too', () =>
    inVault(async (top) => {
      const long = `/${'x'.repeat(250)}`.repeat(16);
      function* names() {
        yield member(DIRECTORY);
        for (let count = 0; ; count++)
          yield Buffer.concat([pax({ path: `top/\x01${count}${long}` }), header({})]);
      }
      await expect(unpackBytes(names(), { top, bytesMax: 1e9, pieceBytes: 262_144 })).rejects.toThrow(
        /^its names are longer than \d+ bytes in all, up to "top\/\\u0001\d+\/x+"$/,
      );
    }));

  test('a cut anywhere is noticed', () =>
    inDirectory(async (directory) => {
      const whole = archive(
        DIRECTORY,
        { contents: 'x'.repeat(700) },
        pax({ path: `top/${'y'.repeat(150)}` }),
        { contents: 'z' },
      );
      for (let bytes = 0; bytes < whole.length; bytes += 256) {
        const top = join(directory, String(bytes));
        mkdirSync(top);
        await expect(unpackBytes(whole.subarray(0, bytes), { top })).rejects.toThrow(/cut/);
      }
    }));

  test('what was asked for and is not in it, or is a link, is no success', () =>
    inVault(async (top) => {
      await expect(unpackBytes(archive(), { top })).rejects.toThrow('"top" is not in what it sent');
      await expect(unpackBytes(archive({ name: 'top', type: '2', link: 'other' }), { top })).rejects.toThrow(
        /name what it leads to/,
      );
      mkdirSync(join(top, 'b'));
      await expect(unpackBytes(archive({ name: 'top', type: '6' }), { top: join(top, 'b') })).rejects.toThrow(
        '"top" is a device or pipe',
      );
    }));
});
