/** The language of patterns, as docs/sync.md has it and git means it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patternLines } from '../../../../src/transfer/choose/gitignore.ts';
import { readPattern } from '../../../../src/transfer/choose/pattern.ts';
import { compileRules, decide } from '../../../../src/transfer/choose/rules.ts';
import { often } from '../../../often.ts';
import { inTemporary } from '../trees.ts';
import { git } from './git.ts';

/** The paths that are left out, themselves or with a directory above them; one with a slash behind it is a directory. */
function leftOut(patterns: readonly string[], paths: readonly string[]): string[] {
  const rules = compileRules(patterns.flatMap((written) => readPattern(written) ?? []));
  return paths.filter((written) => {
    const parts = written.replace(/\/$/, '').split('/');
    return parts.some((_, at) => {
      const isDirectory = at < parts.length - 1 || written.endsWith('/');
      return decide(rules, { path: parts.slice(0, at + 1).join('/'), isDirectory }) === true;
    });
  });
}

const quotes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

/** The rows of the table below "Patterns": patterns, what they leave out, what they do not. */
function documented(): [string, string[], string[], string[]][] {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/sync.md'), 'utf8');
  const [, section = ''] = page.split('### Patterns\n');
  return [...(section.split('\n#')[0] ?? '').matchAll(/^\| (`.*?) \| (.*?) \| (.*?) \|$/gm)].map(
    ([, patterns = '', out = '', kept = '']) => [patterns, quotes(patterns), quotes(out), quotes(kept)],
  );
}

describe('the table of docs/sync.md', () => {
  test('has the forms that people write', () => expect(documented().length).toBeGreaterThan(10));

  test.each(documented())('%s', (_, patterns, out, kept) => {
    expect(out.length).toBeGreaterThan(0);
    expect(leftOut(patterns, [...out, ...kept])).toEqual(out);
  });
});

test.each([
  ['# a comment\nb', ['b']],
  ['\\#a\n\\!b', ['\\#a', '\\!b']],
  ['a  \nb\\ \nc\\\\ \nd\\  ', ['a', 'b\\ ', 'c\\\\', 'd\\ ']],
  ['\u{FEFF}a\r\n\r\nb\r\n', ['a', 'b']],
  ['   \n\n', []],
])('of a file of patterns, lines are read as git reads them: %j', (text, lines) => {
  expect(patternLines(text)).toEqual(lines);
});

const PARTS = [
  'a',
  'b',
  'ab',
  '*',
  '?',
  '[ab]',
  '[!a]',
  '[^a]',
  '[a-c]',
  '[c-a]',
  '\\a',
  '\\*',
  '*b',
  'a*',
  '.a',
];
const ODD = [
  '[[:alpha:]]',
  '[[:nosuch:]]',
  '[[:alpha]',
  '[',
  '[a',
  '[]a]',
  '[a-]',
  '[--b]',
  '[\\]]',
  '[a-\\c]',
  '[[:]',
];
const PLAIN = [
  'a b',
  'a ',
  '\\ ',
  '#',
  '!',
  '\\#',
  '\\!',
  '{a}',
  '$',
  '(a)',
  '+',
  '-',

  '\\',
  '^',
  '.',
  '|',
];

const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PARTS) },
  { weight: 2, arbitrary: fc.constantFrom('**', '***') },
  { weight: 2, arbitrary: fc.constantFrom(...ODD, ...PLAIN) },
  // Two stars beside something else are read by git 2.39 from memory that is not its own.
  fc
    .tuple(fc.constantFrom(...PARTS), fc.constantFrom(...PARTS, ...ODD, ...PLAIN))
    .map((parts) => parts.join('').replaceAll('**', '*')),
);
const line = fc
  .tuple(
    fc.constantFrom('', '', '', '!'),
    fc.constantFrom('', '', '/'),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    fc.constantFrom('', '', '/', ' '),
  )
  .map((parts) => parts.join(''));
const NAMES = [
  'a',
  'b',
  'c',
  'ab',
  'abc',
  '.a',
  'a b',
  'a ',
  ' ',
  '*',
  'A',
  '[a',
  '[',
  '#',
  '!',
  '{a}',
  '$',
  '(a)',
  '+',
  '-',

  ']',
  '\\',
  ':',
  '^',
  '|',
];
const path = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

test('whatever stands in a .gitignore, the paths that it leaves out are those of git check-ignore', () =>
  inTemporary(async (directory) => {
    git(directory, ['init', '-q']);
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(path, { minLength: 40, maxLength: 60 }),
        (lines, paths) => {
          const text = `${lines.join('\n')}\n`;
          writeFileSync(join(directory, '.gitignore'), text);
          // A path that begins with a colon would be more to git.
          const input = paths.map((one) => `./${one}\0`).join('');
          const asked = git(directory, ['check-ignore', '--no-index', '-z', '--stdin'], input);
          const ignored = asked.map((one) => one.replace(/^\.\//, ''));
          expect(leftOut(patternLines(text), paths)).toEqual(ignored);
        },
      ),
      { numRuns: often(50, 1_000) },
    );
  }));

/** What stars mean, said once more as plainly as it can be: each tries every length. */
function matchesPlainly(pattern: string, path: string): boolean {
  if (pattern === '') return path === '';
  if (pattern === '**') return true;
  if (pattern.startsWith('**/')) {
    const rest = pattern.slice(3);
    const starts = [...path].flatMap((character, at) => (character === '/' ? [at + 1] : []));
    return [0, ...starts].some((at) => matchesPlainly(rest, path.slice(at)));
  }
  const [first, rest] = [pattern[0] ?? '', pattern.slice(1)];
  if (first !== '*')
    return (
      path !== '' &&
      (first === '?' ? path[0] !== '/' : first === path[0]) &&
      matchesPlainly(rest, path.slice(1))
    );
  const end = path.indexOf('/') < 0 ? path.length : path.indexOf('/');
  return Array.from({ length: end + 1 }, (_, at) => at).some((at) => matchesPlainly(rest, path.slice(at)));
}

describe('patterns with many stars', () => {
  const name = fc
    .array(fc.constantFrom('*', 'a', 'b', '?', '*a'), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('').replaceAll(/\*+/g, '*'));
  const starry = fc
    .array(fc.oneof({ weight: 3, arbitrary: name }, fc.constant('**')), { minLength: 2, maxLength: 5 })
    .map((parts) => parts.join('/').replace(/^(?!\*\*)/, '/'));
  const text = fc
    .array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join('/'));

  test('match what they match when each star tries every length', () => {
    fc.assert(
      fc.property(
        fc.array(starry, { minLength: 1, maxLength: 3 }),
        fc.array(text, { minLength: 20 }),
        (patterns, paths) => {
          const rules = compileRules(patterns.flatMap((written) => readPattern(written) ?? []));
          for (const path of paths) {
            const isMatch = patterns.some((written) => matchesPlainly(written.replace(/^\//, ''), path));
            expect([patterns, path, decide(rules, { path, isDirectory: false }) ?? false]).toEqual([
              patterns,
              path,
              isMatch,
            ]);
          }
        },
      ),
      { numRuns: often(400) },
    );
  });

  test.each([
    ['a name', `${'*a'.repeat(40)}*b`, 'a'.repeat(255)],
    ['a path', `/${'**/*a*a/'.repeat(20)}b`, Array.from({ length: 800 }, () => 'aaaa').join('/')],
    ['brackets', `${'*[ab]'.repeat(40)}*c`, 'ab'.repeat(127)],
  ])('are answered though nearly all of it fits: %s', (_, written, path) => {
    const rules = compileRules([readPattern(written)].flatMap((one) => one ?? []));
    expect(decide(rules, { path, isDirectory: false })).toBeUndefined();
  });
});
