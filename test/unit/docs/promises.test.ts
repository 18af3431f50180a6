import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/docs/PROMISES.md`, 'utf8');

/** `| L1 | promise | files in backquotes | …` */
const ROWS = [...PAGE.matchAll(/^\| ([LFSRJ]\d+) \| [^|]+ \| ([^|]+) \|/gm)].map(
  ([, id = '', cell = '']) => [id, [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)] as const,
);

/** Whether a line of code names the id; a comment alone shows nothing. */
function carries(path: string, id: string): boolean {
  const lines = readFileSync(`${ROOT}/${path}`, 'utf8').split('\n');
  return lines.some((line) => new RegExp(`['"\`].*\\b${id}\\b`).test(line) && !/^\s*(\/\/|\/?\*)/.test(line));
}

describe('docs/PROMISES.md', () => {
  test.each(['L', 'S'])('lists each of the promises %s, 18 at least, once and in order', (letter) => {
    const ids = ROWS.map(([id]) => id).filter((id) => id.startsWith(letter));
    expect(ids).toEqual(
      Array.from({ length: Math.max(18, ids.length) }, (_, index) => `${letter}${index + 1}`),
    );
    expect(new Set(ROWS.map(([id]) => id)).size).toBe(ROWS.length);
  });

  test.each(ROWS)('%s is in a title of every test that is named beside it', (id, paths) => {
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(`${ROOT}/${path}`))).toEqual([]);
    expect(paths.filter((path) => !carries(path, id))).toEqual([]);
  });
});
