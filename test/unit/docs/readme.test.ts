import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';
import { EXIT } from '../../../src/core/errors.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/README.md`, 'utf8');
const PARTS = PAGE.split(/^```.*$/m);
const prose = PARTS.filter((_, at) => at % 2 === 0).join('');
/** What is typed, each with the lines that continue it. */
const typed = PARTS.filter((_, at) => at % 2 === 1)
  .join('')
  .replaceAll('\\\n', '')
  .match(/^(?:\$ )?lockstep (?:'[^']*'|"[^"]*"|[^\n|'"])*/gm);

describe('README.md', () => {
  test('shows lines of lockstep that can be typed as they stand', async () => {
    expect(typed?.length).toBeGreaterThan(10);
    for (const line of typed ?? []) {
      if (/lockstep (?:completion|demo|--\w+-format)/.test(line)) continue;
      const words = line.replace(/^.*?lockstep /, '').replace(/ 2>.*/, '');
      const argv = (words.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []).map((word) =>
        word.replace(/['"]/g, ''),
      );
      expect((await parseArguments(argv)).kind, line).toBe('run');
    }
  });

  test('has a row for every exit code', () => {
    const rows = PAGE.split('## Exit codes')[1]?.split('\n## ')[0] ?? '';
    const codes = [...rows.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = '']) =>
      cell.split(', ').map(Number),
    );
    expect(codes.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  test('leads to pages that exist', () => {
    const links = [...prose.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !existsSync(`${ROOT}/${link}`))).toEqual([]);
  });
});
