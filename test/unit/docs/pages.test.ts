import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';
import { EXIT } from '../../../src/core/errors.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'sync-tool/README.md', 'bench/README.md'],
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
];
/** The pages for who uses the program: what they show can be typed. */
const MANUAL = ['README.md', ...['lock', 'output', 'sessions', 'sync', 'targets'].map((n) => `docs/${n}.md`)];

describe.each(MANUAL)('%s', (path) => {
  const prose = outsideBlocks(read(path));
  const lines = typed(path);

  test('shows lines of lockstep that can be typed as they stand', async () => {
    for (const line of lines) expect((await parseArguments(wordsOf(line))).kind, line).toBe('run');
  });

  test('can be read without a wide window', () => {
    const wide = prose.split('\n').filter((line) => !line.startsWith('|') && [...line].length > 120);
    expect(wide).toEqual([]);
  });
});

test('the manual shows lines of all modes', () => {
  const lines = MANUAL.flatMap(typed);
  expect(lines.length).toBeGreaterThan(15);
  for (const mode of ['-C', '-U', '-S', '-L'])
    expect(lines.some((line) => line.includes(` ${mode}`))).toBe(true);
});

describe('README.md', () => {
  test('says of an exit code what the man page says', () => {
    const rows = [...read('README.md').matchAll(/^\| (\d+) \| (.*) \|$/gm)];
    const section = read('docs/lockstep.1.md').split('## EXIT STATUS')[1]?.split('\n## ')[0] ?? '';
    const told = section.replace(/\n {2}/g, ' ').matchAll(/^- `(\d+)`: (.)(.*)\.$/gm);
    const meanings = new Map(
      [...told].map(([, code, first, rest]) => [code, `${first?.toLowerCase()}${rest}`]),
    );
    expect(rows.length).toBeGreaterThan(10);
    for (const [, code, meaning] of rows) expect(meaning, code).toBe(meanings.get(code));
  });

  test('is short', () => {
    expect(read('README.md').split('\n').length - 1).toBeLessThanOrEqual(130);
  });

  test('has a row for every exit code', () => {
    const rows = read('README.md').split('## Exit codes')[1]?.split('\n## ')[0] ?? '';
    const codes = [...rows.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) =>
      cell.split(', ').map(Number),
    );
    expect(codes.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  test('leads to every page of docs, the manual first', () => {
    const links = linksOf('README.md').map(({ path }) => path);
    const pages = readdirSync(join(ROOT, 'docs')).filter((name) => !name.endsWith('.1.md'));
    expect(pages.filter((name) => !links.includes(`docs/${name}`))).toEqual([]);
  });
});

test('every link of a page leads to a page that is there, and to a heading of it', () => {
  const links = PAGES.flatMap((page) => linksOf(page).map((link) => ({ page, ...link })));
  expect(links.length).toBeGreaterThan(40);
  expect(links.filter(({ anchor }) => anchor !== undefined).length).toBeGreaterThan(4);
  const broken = links.filter(
    ({ path, anchor }) =>
      !existsSync(join(ROOT, path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
  );
  expect(broken).toEqual([]);
});

/** The lines of lockstep in blocks, each with the lines that continue it, and those in the text that name targets. */
function typed(path: string): string[] {
  const page = read(path);
  const blocks = page.split(/^```.*$/m).filter((_, at) => at % 2 === 1);
  const inBlocks = blocks
    .join('')
    .replaceAll('\\\n', '')
    .match(/^(?:\$ )?lockstep (?:'[^']*'|"[^"]*"|[^\n|'"])*/gm);
  const inText = [...outsideBlocks(page).matchAll(/`(lockstep -o \.[^`…]*)`/g)].map(([, line = '']) => line);
  return [...(inBlocks ?? []), ...inText].filter(
    (line) => !/lockstep (?:completion|demo|--\w+-format)/.test(line),
  );
}

function wordsOf(line: string): string[] {
  const words = line.replace(/^.*?lockstep /, '').replace(/ 2>.*| +# .*/, '');
  return (words.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) => word.replace(/['"]/g, ''));
}

function outsideBlocks(page: string): string {
  return page
    .split(/^```.*$/m)
    .filter((_, at) => at % 2 === 0)
    .join('');
}

/** Links to pages of the project, from its root. */
function linksOf(page: string): { path: string; anchor: string | undefined }[] {
  const links = [...outsideBlocks(read(page)).matchAll(/\]\(([^)#:\s]*)(?:#([^)]*))?\)/g)];
  return links.map(([, path = '', anchor]) => ({
    path: path === '' ? page : join(dirname(page), path),
    anchor,
  }));
}

/** What a heading is called in a link: lower case, without signs, `-` for blanks. */
function anchorsOf(page: string): string[] {
  return [...outsideBlocks(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
