import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';
import { readLine } from '../../../src/cli/read-line.ts';
import { OPTION_TABLE } from '../../../src/cli/table/table.ts';
import { helpText, tellMistake } from '../../../src/cli/usage.ts';
import { WORD_LINES } from '../../../src/cli/words/word-lines.ts';
import { answerToWord } from '../../../src/cli/words/words.ts';
import { EXIT, LockstepError } from '../../../src/core/errors.ts';
import { MODES } from '../../../src/run/modes/modes.ts';

describe('the help', () => {
  const lines = helpText().trimEnd().split('\n');

  it('fits a reader: at most 128 lines of at most 80 columns', () => {
    expect(lines.length).toBeLessThanOrEqual(128);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('has a line for each mode, as its record says', () => {
    for (const { option, synopsis } of Object.values(MODES)) {
      expect(lines).toContain(`  lockstep [options] (-o HOST…|-s) ${synopsis}`);
      expect(synopsis).toContain(option);
    }
  });

  it('names every option', () => {
    expect(OPTION_TABLE.filter((row) => !helpText().includes(`--${row.long}`))).toEqual([]);
  });

  it('names every word, and every option that only a word has', () => {
    for (const [word, line] of Object.entries(WORD_LINES)) {
      expect(
        lines.some((one) => new RegExp(`^  lockstep .*\\b${word}\\b`).test(one)),
        word,
      ).toBe(true);
      for (const [option] of line.replace(/;.*/, '').matchAll(/-[-a-z]+/g))
        expect(helpText()).toContain(option);
    }
  });

  it.each(['--help', '-h'])('is told of each word alone, too: %s', async (asked) => {
    for (const [word, line] of Object.entries(WORD_LINES)) {
      const told = await answerToWord([word, asked]);
      if (word === 'help') expect(told).toBe(helpText());
      else expect(told).toMatch(new RegExp(`^usage: lockstep ${word}`));
      if (word !== 'help') expect(told).toContain(line);
    }
    expect(await answerToWord(['__complete', 'show', asked])).not.toContain('usage');
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

describe('a mistake on the command line', () => {
  const mistake = (): LockstepError => {
    try {
      readLine(['--no']);
    } catch (thrown) {
      return thrown as LockstepError;
    }
    throw new Error('--no was read');
  };
  const typed = (...argv: string[]) => ({ argv, calledAs: 'lockstep' });

  it('is told in a line, with a hint and where to read on, and no usage', async () => {
    expect(await tellMistake(mistake(), typed('--no'))).toMatch(
      /^lockstep: --no is not a unique prefix: .*\?\ntry lockstep --help\n$/,
    );
    const hinted = await tellMistake(new LockstepError('usage', 'no mode', { hint: 'give -C' }), typed('x'));
    expect(hinted).toBe('lockstep: no mode\nhint: give -C\ntry lockstep --help\n');
  });

  it('has the usage where nothing was typed, and for scripts that call orgalorg', async () => {
    const usage = /\nUsage:\n( {2}.*\n){17}try lockstep --help\n$/;
    expect(await tellMistake(mistake(), typed())).toMatch(usage);
    expect(await tellMistake(mistake(), { argv: ['--no'], calledAs: 'orgalorg' })).toMatch(usage);
  });

  it('is one JSON object with --json, as all that is told later', async () => {
    const text = await tellMistake(mistake(), typed('--json', '--no'));
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toEqual({
      body: expect.stringMatching(/^lockstep: --no is not/),
      host: null,
      node: null,
      stream: 'stderr',
    });
  });
});
