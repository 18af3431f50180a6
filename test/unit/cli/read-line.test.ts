import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLine } from '../../../src/cli/cut-line.ts';
import { readLine } from '../../../src/cli/read-line.ts';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table/table.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { often } from '../../often.ts';
import { anyWord, tail, writtenOptions } from './arbitraries.ts';
import { readAsOrgalorg } from './orgalorg-values.ts';

const read = (...argv: string[]) => {
  const { options, words } = cutLine(argv);
  return { options: options.map(({ name, value }) => (value === undefined ? [name] : [name, value])), words };
};

/** What comes of a line, to be compared: all that is told of it, or the mistake with its hint. */
function outcomeOf(reader: typeof readLine | typeof readAsOrgalorg, argv: readonly string[]): unknown {
  try {
    const line = reader(argv);
    if (typeof line === 'string') return line;
    const options = line.options.map(({ name, written, value }) => ({ name, written, value }));
    return { options, words: line.words, values: line.values };
  } catch (error) {
    expect(error).toBeInstanceOf(LockstepError);
    const { code, message, hint } = error as LockstepError;
    // The hints for values are held by habits.test.ts.
    return /not an option|unique prefix|takes no/.test(message) ? { code, message, hint } : { code, message };
  }
}

describe('a command line', () => {
  it('is read to the letter as in the grammar of orgalorg, whatever stands in it', () => {
    const line = fc
      .tuple(
        fc.array(
          fc.oneof(
            writtenOptions.map((all) => all.flatMap(({ argv }) => argv)),
            fc.array(anyWord, { maxLength: 4 }),
          ),
        ),
        tail,
      )
      .map(([parts, rest]) => [...parts.flat(), ...rest.argv]);
    fc.assert(
      fc.property(line, (argv) => {
        expect(outcomeOf(readLine, argv)).toEqual(outcomeOf(readAsOrgalorg, argv));
      }),
      { numRuns: often(40, 1_000) },
    );
  });

  it('has every option in every form as the model says, and the rest verbatim', () => {
    fc.assert(
      fc.property(writtenOptions, tail, (options, rest) => {
        const line = cutLine([...options.flatMap(({ argv }) => argv), ...rest.argv]);
        expect(line.options.map(({ name, value }) => ({ name, value }))).toEqual(
          options.map(({ name, value }) => ({ name, value })),
        );
        expect(line.words).toEqual(rest.words);
      }),
    );
  });

  it('may name 100,000 files', () => {
    const files = Array.from({ length: 100_000 }, (_, at) => `-file${at}`);
    expect(readLine(['-o', 'web1', '-U', 'a', 'b', ...files])).toMatchObject({ words: ['a', 'b', ...files] });
  });

  it.each([
    {
      argv: ['-xn', 'systemctl reload nginx', '-S', '/f'],
      options: [['sudo'], ['sync-cmd', 'systemctl reload nginx'], ['sync']],
      words: ['/f'],
    },
    {
      argv: ['-onode1', '-lx', "-necho 'a'"],
      options: [['host', 'node1'], ['serial'], ['sudo'], ['sync-cmd', "echo 'a'"]],
      words: [],
    },
    {
      argv: ['-o=h', '-g', '-a'],
      options: [
        ['host', '=h'],
        ['arg', '-a'],
      ],
      words: [],
    },
    { argv: ['-C', 'ls', '-la', '--', 'x'], options: [['command']], words: ['ls', '-la', '--', 'x'] },
    { argv: ['-C', '--', '--', 'x'], options: [['command']], words: ['--', 'x'] },
    { argv: ['-C', '-', 'x'], options: [['command']], words: ['-', 'x'] },
    { argv: ['--sync', '--sync-c', 'x'], options: [['sync'], ['sync-cmd', 'x']], words: [] },
  ])('reads $argv as orgalorg does', ({ argv, options, words }) => {
    expect(read(...argv)).toEqual({ options, words });
  });

  it('keeps the abbreviations of orgalorg: an added option never makes one ambiguous', () => {
    expect(read('--ro', '/srv', '--kee=5', '--he').options).toEqual([
      ['root', '/srv'],
      ['keep-alive', '5'],
      ['help'],
    ]);
    expect(read('--keep-s', '--hea=1').options).toEqual([['keep-staged'], ['heartbeat', '1']]);
  });

  it.each([
    [
      ['--no'],
      '--no is not a unique prefix: --no-lock, --no-lock-fail, --no-conn-fail, --no-preserve-uid, --no-preserve-gid, --no-upload?',
    ],
    [['-o'], '-o requires argument'],
    [['-xo', '--', 'h'], '-o requires argument'],
    [['--host'], '--host requires argument'],
    [['--sudo=1'], '--sudo must not have an argument'],
    [['--sud=1'], '--sudo must not have an argument'],
    [['--bogus'], '--bogus is not an option'],
    [['-x9'], '-9 is not an option'],
    [['-\u001b]0;x'], "'-\\u{1b}' is not an option"],
  ])('refuses %j: %s', (argv, message) => {
    expect(() => readLine(argv)).toThrow(expect.objectContaining({ code: 'usage', message }));
  });

  it.each([
    [['-p2222'], /-o HOST:PORT/],
    [['-f', '50'], /-d N/],
    [['--hosts', 'a'], /-o HOST/],
  ])('tells users of ssh and pdsh who type %j the right option', (argv, hint) => {
    expect(() => readLine(argv)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringMatching(hint) }),
    );
  });

  it('has an empty argument of the sync tool where one is given', () => {
    expect(readLine(['-g', '', '-g', 'x'])).toMatchObject({ values: { arg: ['', 'x'] } });
  });
});

it("no option that was added has a name with which one of orgalorg's begins: it would take an abbreviation away", () => {
  const rows: readonly OptionRow[] = OPTION_TABLE;
  const taken = rows
    .filter(({ isAdded }) => isAdded)
    .filter(({ long }) => rows.some((old) => !old.isAdded && old.long !== long && old.long.startsWith(long)));
  expect(taken.map(({ long }) => long)).toEqual([]);
});
