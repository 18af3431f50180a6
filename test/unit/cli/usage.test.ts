import { describe, expect, it } from 'vitest';
import { normalise } from '../../../src/cli/normalise.ts';
import { parseArguments } from '../../../src/cli/parse.ts';
import { OPTION_TABLE } from '../../../src/cli/table.ts';
import { helpText, usageErrorText } from '../../../src/cli/usage.ts';
import { EXIT, LockstepError } from '../../../src/errors.ts';

describe('the help', () => {
  const lines = helpText().trimEnd().split('\n');

  it('fits a reader: at most 100 lines of at most 100 columns', () => {
    expect(lines.length).toBeLessThanOrEqual(100);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('names every option', () => {
    expect(OPTION_TABLE.filter((row) => !helpText().includes(`--${row.long}`))).toEqual([]);
  });

  it('has no letter and no name twice', () => {
    const names = OPTION_TABLE.flatMap((row) => ('short' in row ? [row.long, row.short] : [row.long]));
    expect(new Set(names).size).toBe(names.length);
  });

  it('shows examples that work as they stand', async () => {
    const examples = lines.filter((line) => /^ {2}.*lockstep -.* -[CUSL]/.test(line) && !line.includes('['));
    expect(examples.length).toBeGreaterThanOrEqual(5);
    for (const example of examples) {
      const words = example.replace(/^.*lockstep /, '').match(/'[^']*'|\S+/g) ?? [];
      const parsed = await parseArguments(words.map((word) => word.replace(/^'|'$/g, '')));
      expect(parsed.kind).toBe('run');
    }
  });

  it('lists exit codes that exist', () => {
    const text = helpText().split('Exit codes: ')[1] ?? '';
    const codes = [...text.matchAll(/(?:^|, |\n)(\d+) /g)].map((match) => Number(match[1]));
    expect(codes.length).toBeGreaterThanOrEqual(9);
    for (const code of codes) expect(Object.values(EXIT)).toContain(code);
  });
});

describe('a usage error', () => {
  it('says why, what to try, and seven lines of synopsis that begin with Usage:', () => {
    let error: unknown;
    try {
      normalise(['--no']);
    } catch (thrown) {
      error = thrown;
    }
    const text = usageErrorText(error as LockstepError);
    expect(text).toMatch(
      /^lockstep: --no is not a unique prefix: .*\?\nUsage:\n( {2}lockstep .*\n){7}try lockstep --help\n$/,
    );
    const hinted = usageErrorText(new LockstepError('usage', 'no mode', { hint: 'give -C' }));
    expect(hinted).toMatch(/^lockstep: no mode\nhint: give -C\nUsage:\n/);
  });
});
