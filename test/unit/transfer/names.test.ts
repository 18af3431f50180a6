/** From the user's words to member names, by text alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonBase, rootOf, splitNested } from '../../../src/transfer/names.ts';

describe('names', () => {
  it.each([
    { word: 'dir', member: 'home/u/dir', source: '/home/u/dir' },
    { word: '../x', member: 'home/x', source: '/home/x' },
    { word: '.', member: 'home/u', source: '/home/u' },
    { word: '/etc//nginx/./a/../b/', member: 'etc/nginx/b', source: '/etc/nginx/b' },
  ])('by default $word goes by its absolute path', ({ word, member, source }) => {
    expect(rootOf(word, { relative: false, cwd: '/home/u' })).toEqual({
      word,
      member,
      source,
      isAbsolute: true,
    });
  });

  it.each([
    { word: './dir/', member: 'dir', source: '/home/u/dir', isAbsolute: false },
    { word: 'a/../b//c', member: 'b/c', source: '/home/u/b/c', isAbsolute: false },
    { word: '..a/...', member: '..a/...', source: '/home/u/..a/...', isAbsolute: false },
    { word: '/etc/hosts', member: 'etc/hosts', source: '/etc/hosts', isAbsolute: true },
  ])('with -e $word keeps its name', ({ word, ...expected }) => {
    expect(rootOf(word, { relative: true, cwd: '/home/u' })).toEqual({ word, ...expected });
  });

  it.each([
    { word: '', relative: false },
    { word: '/', relative: false },
    { word: '/etc/..', relative: false },
    { word: '.', relative: true },
    { word: 'a/..', relative: true },
    { word: '..', relative: true },
    { word: '../x', relative: true },
    { word: 'a/../../x', relative: true },
    { word: '/', relative: true },
    { word: `/${'n'.repeat(256)}`, relative: false },
    { word: `/${'ü'.repeat(128)}`, relative: false },
    { word: '/1234567'.repeat(512), relative: false },
  ])('F8: $word (relative: $relative) is refused as a usage error', ({ word, relative }) => {
    expect(() => rootOf(word, { relative, cwd: '/home/u' })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });

  it('F8: no word ever names a member that is absolute, empty or has ".."', () => {
    const word = fc.array(fc.constantFrom('/', '.', '..', 'a', 'b ', '...', '//'), { maxLength: 12 });
    fc.assert(
      fc.property(word, fc.boolean(), (parts, relative) => {
        let member: string;
        try {
          ({ member } = rootOf(parts.join(''), { relative, cwd: '/x/y' }));
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'usage' });
          return;
        }
        expect(member.split('/').filter((part) => ['', '.', '..'].includes(part))).toEqual([]);
      }),
    );
  });

  it.each([
    { members: ['etc/nginx/nginx.conf', 'etc/nginx/mime.types'], base: 'etc/nginx' },
    { members: ['etc/nginx'], base: 'etc' },
    { members: ['hosts'], base: '' },
    { members: ['etc/nginx/a', 'etc/nginx-extra/a'], base: 'etc' },
    { members: ['a/b/c', 'a/b'], base: 'a' },
    { members: ['a/x', 'b/x'], base: '' },
    { members: [], base: '' },
  ])('the base of $members is "$base"', ({ members, base }) => {
    expect(commonBase(members)).toBe(base);
  });

  it('a root is inside another by its components, not by its letters', () => {
    const roots = ['a', 'a/b/c', 'a-b', 'a b/c', 'b/c'].map((word) =>
      rootOf(word, { relative: true, cwd: '/' }),
    );
    const { outer, inner } = splitNested(roots);
    expect(outer.map(({ member }) => member)).toEqual(['a', 'a b/c', 'a-b', 'b/c']);
    expect(inner.map(({ member }) => member)).toEqual(['a/b/c']);
  });
});
