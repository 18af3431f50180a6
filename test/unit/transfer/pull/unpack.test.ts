/** What a node may send, and what none of it may do here. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PULL_LIMITS } from '../../../../src/core/limits/pull.ts';
import { often } from '../../../often.ts';
import { type Item, inTemporary, makeTree } from '../trees.ts';
import { archive, DIRECTORY, inVault, type Piece, pax, unpackBytes } from './hostile.ts';

test.each<[string, Piece | Buffer, RegExp]>([
  ['a device', { type: '3' }, /device or pipe/],
  ['a pipe', { type: '6' }, /device or pipe/],
  ['a link to /', { type: '2', link: '/etc/passwd' }, /leads out/],
  ['a link that climbs out', { type: '2', link: '../../vault' }, /leads out/],
  ['a link that climbs behind a name', { type: '2', link: 'd/../../..' }, /leads out/],
  ['a name that a terminal obeys', { name: 'top/a\x1b[2J' }, /odd name/],
  ['a name that is turned around', { name: 'top/a\u202egpj' }, /odd name/],
  ['a name of two lines', { name: 'top/a\nb' }, /odd name/],
  ['a name that is no UTF-8', { name: Buffer.from([0x74, 0x6f, 0x70, 0x2f, 0xe9]) }, /odd name/],
])(
  'what an honest tree may hold and nobody should have here is left out, and told: %s',
  (_what, piece, why) =>
    inVault(async (top) => {
      const hard: Piece = { name: 'top/h', type: '1', link: 'top/f' };
      const rest: Piece[] = [{ name: 'top/ok', contents: 'ok' }];
      const isLinked = !Buffer.isBuffer(piece) && piece.name === undefined;
      const { leftOut, leftOutCount, files } = await unpackBytes(
        archive(DIRECTORY, piece, ...(isLinked ? [hard] : []), ...rest),
        { top },
      );
      expect(leftOut[0]).toMatch(why);
      expect(leftOutCount).toBe(isLinked ? 2 : 1);
      expect([files, readdirSync(join(top, 'top'))]).toEqual([1, ['ok']]);
    }),
);

test('an odd name is told in its own letters', () =>
  inVault(async (top) => {
    const { leftOut } = await unpackBytes(archive(DIRECTORY, { name: 'top/日本/a\nb' }), { top });
    expect(leftOut).toEqual(['"top/日本/a\\nb" is an odd name']);
  }));

test('F17: another name of a symbolic link is a link, too, and is left out where it would lead out from there', () =>
  inVault(async (top) => {
    const pieces: Piece[] = [
      DIRECTORY,
      { name: 'top/d/', type: '5' },
      { name: 'top/d/l', type: '2', link: '../../vault' },
      { name: 'top/d/m', type: '1', link: 'top/d/l' },
      { name: 'top/n', type: '1', link: 'top/d/m' },
    ];
    const { leftOut, files } = await unpackBytes(archive(...pieces), { top });
    expect([files, leftOut]).toEqual([2, ['"top/n" is a link that leads out']]);
    expect(readlinkSync(join(top, 'top/d/m'))).toBe('../../vault');
    expect(existsSync(join(top, 'top/n'))).toBe(false);
  }));

test('set-id bits stay behind, directories stay open, and times are those of the node', () =>
  inVault(async (top) => {
    const closed: Piece = { name: 'top/d/', type: '5', mode: 0o1070, mtime: 12345 };
    const pieces = [
      DIRECTORY,
      closed,
      { name: 'top/d/f', mode: 0o6754 },
      pax({ mtime: '1700000000.25' }),
      { name: 'top/g', mode: 0 },
    ];
    await unpackBytes(archive(...pieces), { top });
    const look = (path: string) => statSync(join(top, path));
    expect([look('top/d').mode & 0o7777, look('top/d').mtimeMs]).toEqual([0o770, 12_345_000]);
    expect([look('top/d/f').mode & 0o7777, look('top/g').mode & 0o7777]).toEqual([0o754, 0]);
    expect(look('top/g').mtimeMs).toBe(1_700_000_000_250);
  }));

test('what is from before 1970 on the node has its own time here', () =>
  inVault(async (top) => {
    const old = () => pax({ mtime: '-86400.5' });
    const pieces: (Piece | Buffer)[] = [
      old(),
      { name: 'top/', type: '5' },
      old(),
      { name: 'top/f' },
      old(),
      { name: 'top/l', type: '2', link: 'f' },
    ];
    await unpackBytes(archive(...pieces), { top });
    for (const path of ['top', 'top/f', 'top/l'])
      expect([path, lstatSync(join(top, path)).mtimeMs]).toEqual([path, -86_400_500]);
  }));

test('names that are left out are told up to some', () =>
  inVault(async (top) => {
    const pipes = Array.from({ length: 9 }, (_, at): Piece => ({ name: `top/${at}`, type: '6' }));
    const { leftOut, leftOutCount } = await unpackBytes(archive(DIRECTORY, ...pipes), { top });
    expect([leftOut.length, leftOutCount]).toEqual([PULL_LIMITS.leftOutNamedMax, 9]);
  }));

describe('whatever a node sends', () => {
  const name = fc.constantFrom(
    'top',
    'top/',
    'top/a',
    'top/a/b',
    'top/l',
    'top/l/x',
    'top/../x',
    '../vault/secret',
    '/etc/x',
    'top/\x1b',
    'vault/secret',
    './top/a',
    'TOP/a',
  );
  const piece: fc.Arbitrary<Piece | Buffer> = fc.oneof(
    fc.record({
      name,
      type: fc.constantFrom('0', '1', '2', '3', '5', '5', '6', 'L', 'x', 'g'),
      link: fc.constantFrom(
        'a',
        '..',
        '../..',
        '../../vault/secret',
        '/tmp',
        'top/a',
        '../vault/secret',
        'l/../..',
        '.',
      ),
      contents: fc.constantFrom('', '', 'x', 'y'.repeat(600), '14 path=top/zz\n'),
      mode: fc.constantFrom(0o644, 0o7777, 0),
    }),
    fc.record({ path: name, linkpath: name }).map(({ path, linkpath }) => pax({ path, linkpath })),
    fc.uint8Array({ minLength: 512, maxLength: 512 }).map((bytes) => Buffer.from(bytes)),
  );

  test('F17: nothing outside of its directory is made, changed or linked to', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 8 }),
        fc.integer({ min: 1, max: 2000 }),
        (pieces, pieceBytes) =>
          inVault(async (top, vault) => {
            const bytes = archive(DIRECTORY, ...pieces);
            await unpackBytes(bytes, { top, pieceBytes }).catch((error: Error) => {
              // A sentence, and never an error of the system, which would be a way that nobody thought of.
              expect(error.message).toMatch(/^(?:it |its |a |an |one |the |what |"|something )/);
            });
            const look = (path: string): void => {
              const stats = lstatSync(path);
              expect(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink()).toBe(true);
              expect(stats.mode & 0o7000).toBe(0);
              if (stats.isFile()) expect(stats.ino).not.toBe(lstatSync(join(vault, 'secret')).ino);
              if (stats.isSymbolicLink() && existsSync(path)) {
                expect(spawnSync('realpath', [path]).stdout.toString()).toMatch(/\/node(?:\/|\n)/);
                expect(readlinkSync(path)).not.toMatch(/^\//);
              }
              if (stats.isDirectory()) for (const child of readdirSync(path)) look(join(path, child));
            };
            look(top);
          }),
      ),
      { numRuns: often(150) },
    ));
});

const TARS = [
  ['GNU tar, as a node calls it', ['tar', '-c', '--format=posix', '-f', '-', '--']],
  ['GNU tar in its old form', ['tar', '-c', '--format=gnu', '-f', '-', '--']],
  ['busybox tar', ['busybox', 'tar', '-c', '-f', '-', '--']],
].filter(([, argv = []]) => spawnSync(argv[0] as string, ['--help']).error === undefined) as [
  string,
  string[],
][];

test.each(TARS)('an honest tree arrives as it is, from %s', (_, argv) =>
  inTemporary(async (directory) => {
    const deep = Array.from({ length: 12 }, () => 'directory-of-some-length').join('/');
    const items: Item[] = [
      { path: 'top/a', type: 'file', contents: 'x'.repeat(70_000), mode: 0o640, mtime: '1600000000' },
      { path: 'top/b', type: 'hardlink', to: 'top/a' },
      { path: 'top/empty', type: 'directory', mode: 0o755 },
      { path: 'top/l', type: 'symlink', to: 'empty/../a'.replace('empty/../', '') },
      { path: `top/${deep}/é`, type: 'file', contents: 'deep' },
      { path: `top/${'n'.repeat(200)}`, type: 'file' },
      { path: 'top/old', type: 'file', mtime: '1000000000.5' },
    ];
    makeTree(join(directory, 'from'), items);
    const { stdout } = spawnSync(argv[0] ?? '', [...argv.slice(1), 'top'], {
      cwd: join(directory, 'from'),
      maxBuffer: 1 << 24,
    });
    const top = join(directory, 'to');
    mkdirSync(top);
    expect(await unpackBytes(stdout, { top, pieceBytes: 3000 })).toMatchObject({ files: 6, leftOutCount: 0 });
    const { stdout: difference } = spawnSync('diff', [
      '-r',
      '--no-dereference',
      join(directory, 'from'),
      top,
    ]);
    expect(difference.toString()).toBe('');
    const look = (path: string) => lstatSync(join(top, path));
    expect([look('top/a').mode & 0o777, look('top/a').mtimeMs, look('top/a').ino]).toEqual([
      0o640,
      1_600_000_000_000,
      look('top/b').ino,
    ]);
    expect(look('top/old').mtimeMs).toBe(
      argv.includes('--format=posix') ? 1_000_000_000_500 : 1_000_000_000_000,
    );
  }),
);
