import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Extras } from '../../../src/transfer/difference/extras.ts';

/** Paths; a directory has a slash behind it. */
function extrasOf(
  there: readonly string[],
  wanted: readonly string[],
  { protects, max = 100 }: { protects?: (path: string) => boolean; max?: number } = {},
): Extras {
  const extras = new Extras({
    isWanted: (member) => wanted.includes(member),
    isProtected: protects && ((member, isDirectory) => protects(isDirectory ? `${member}/` : member)),
    max,
  });
  for (const path of there) extras.hear(path.replace(/\/$/, ''), path.endsWith('/'));
  extras.end();
  return extras;
}

const membersOf = ({ list }: Extras) =>
  list.map(({ member, isDirectory }) => (isDirectory ? `${member}/` : member));

describe('what a node has, and nobody sends', () => {
  const there = [
    'app/',
    'app/a',
    'app/old/',
    'app/old/x',
    'app/old/in/',
    'app/old/in/y',
    'app/older',
    'app/z',
  ];

  test('a directory that goes whole is one, and what is in it is counted', () => {
    const extras = extrasOf(there, ['app', 'app/a']);
    expect(membersOf(extras)).toEqual(['app/old/', 'app/older', 'app/z']);
    expect([extras.count, extras.heard]).toEqual([6, 8]);
  });

  test('F21: a directory with something in it that stays is taken apart around that', () => {
    const extras = extrasOf(there, ['app', 'app/a'], { protects: (path) => path.endsWith('/y') });
    expect(membersOf(extras)).toEqual(['app/old/x', 'app/older', 'app/z']);
    expect(extras.count).toBe(3);
  });

  test('F21: a directory that stays does so with all that is in it, which is not asked about', () => {
    const asked: string[] = [];
    const protects = (path: string) => asked.push(path) > 0 && path === 'app/old/';
    expect(membersOf(extrasOf(there, ['app', 'app/a'], { protects }))).toEqual(['app/older', 'app/z']);
    expect(asked).toEqual(['app/old/', 'app/older', 'app/z']);
  });

  test('F21: the stage of another run, with what it may hold alone, is never too much', () => {
    const stage = 'app/.lockstep-20250101T000000-abc';
    expect(membersOf(extrasOf(['app/', `${stage}/`, `${stage}/old.1`, `${stage}-kept/`], ['app']))).toEqual(
      [],
    );
  });

  test('more than the bound is told, and not held', () => {
    const extras = extrasOf(['a', 'b', 'c'], [], { max: 2 });
    expect([extras.hasMore, extras.list.length]).toEqual([true, 2]);
  });

  test('F21: what goes and what stays is all that was there, in any tree', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'keep');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(
        fc.array(path, { maxLength: 12 }),
        fc.array(path, { maxLength: 4 }),
        fc.boolean(),
        (paths, wishes, hasPatterns) => {
          const withAbove = (all: readonly string[]) =>
            new Set(
              all.flatMap((one) => one.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))),
            );
          const all = [...withAbove(paths)].sort((one, other) =>
            one.split('/') < other.split('/') ? -1 : 1,
          );
          const wanted = withAbove(wishes);
          const isDirectory = (one: string) => all.some((other) => other.startsWith(`${one}/`));
          const stays = (one: string) => hasPatterns && !wanted.has(one) && one.split('/').at(-1) === 'keep';
          const isKept = (one: string) =>
            wanted.has(one) || [...withAbove([one])].some((above) => stays(above) && !wanted.has(above));
          const extras = extrasOf(
            all.map((one) => (isDirectory(one) ? `${one}/` : one)),
            [...wanted],
            hasPatterns ? { protects: (one) => stays(one.replace(/\/$/, '')) } : {},
          );
          const goes = new Set(
            all.filter((one) =>
              extras.list.some(({ member }) => one === member || one.startsWith(`${member}/`)),
            ),
          );
          for (const one of all) {
            const mustStay = isKept(one) || all.some((other) => other.startsWith(`${one}/`) && isKept(other));
            expect(goes.has(one), one).toBe(!mustStay);
          }
          expect(extras.count).toBe(goes.size);
        },
      ),
    );
  });
});

describe('F12: of a node that tells more than anybody needs to know no more is held than was asked for, and that is told', () => {
  test('names that keep directories above them', () => {
    const there = Array.from({ length: 500 }, (_, at) => `app/${at}/keep`);
    const extras = extrasOf(['app/', ...there], [], { protects: (path) => path.endsWith('/keep'), max: 100 });
    expect(extras.hasMore).toBe(true);
  });

  test('long names', () => {
    const there = Array.from({ length: 90 }, (_, at) => `app/${at}${'x'.repeat(4_000)}`);
    const extras = extrasOf(there, ['app'], { max: 100 });
    expect(extras.hasMore).toBe(true);
    expect(extras.list.length).toBeLessThan(10);
  });
});
