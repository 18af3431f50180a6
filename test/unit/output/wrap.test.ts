/** Lines for a terminal are broken at its width, and only where that helps a reader. */
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { wrapLines } from '../../../src/output/wrap.ts';
import { columnsOf } from '../../../src/text/width.ts';
import { exit, files, finished, follows, nodes, ok } from './ends.ts';
import { play } from './fixtures.ts';

describe('lines for a terminal', () => {
  test.each([40, 60, 100])('at %d columns are no wider, and no word is broken', async (columns) => {
    const { stderr } = await play(
      [finished({ outcomes: [exit(1), exit(17), exit(17), follows, ok], files: files({ old: nodes }) })],
      {},
      { isTTY: true, columns },
    );
    const lines = stderr.trimEnd().split('\n');
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {4,6}\S/);
    const words = stderr.split(/\s+/);
    for (const word of ['command', 'destination', '[root@web1:22]', '[root@web2:22],'])
      expect(words).toContain(word);
  });

  test('leave alone what is to be copied', async () => {
    const message = `type this: ${'word '.repeat(30)}end`;
    const event: RunEvent = { type: 'log', level: 'info', message, isToCopy: true };
    const { stderr } = await play([event], {}, { isTTY: true, columns: 60 });
    expect(stderr).toBe(`2026-11-21 09:12:40  [INFO] ${message}\n`);
    const broken = await play([{ type: 'log', level: 'info', message }], {}, { isTTY: true, columns: 60 });
    expect(broken.stderr.trimEnd().split('\n').length).toBeGreaterThan(2);
  });

  test('keep a word that is longer than a line whole', () => {
    const word = '/srv/'.repeat(30);
    expect(wrapLines([`see ${word} there`], { columns: 40, usedColumns: 20 })).toEqual([
      'see',
      `    ${word}`,
      '    there',
    ]);
  });
});
