import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../../src/cli/normalise.ts';
import { OPTION_TABLE, type OptionName, type OptionRow } from '../../../src/cli/table.ts';
import { readValues } from '../../../src/cli/values.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { tail, writtenOptions } from './arbitraries.ts';
import { parseByYargs } from './yargs-oracle.ts';

const read = (...argv: string[]) => {
  const { options, words } = normalise(argv);
  return { options: options.map(({ name, value }) => (value === undefined ? [name] : [name, value])), words };
};

describe('normalise', () => {
  it('reads every option in every form as the model says, and leaves the rest verbatim', () => {
    fc.assert(
      fc.property(writtenOptions, tail, (options, rest) => {
        const line = normalise([...options.flatMap(({ argv }) => argv), ...rest.argv]);
        expect(line.options.map(({ name, value }) => ({ name, value }))).toEqual(
          options.map(({ name, value }) => ({ name, value })),
        );
        expect(line.words).toEqual(rest.words);
      }),
    );
  });

  it('agrees with yargs on the forms that yargs reads rightly', async () => {
    const rows: readonly OptionRow[] = OPTION_TABLE;
    const value = fc.string({ minLength: 1 }).filter((text) => !text.startsWith('-'));
    const form = fc
      .tuple(
        fc.constantFrom(...rows.filter((row) => (row.bareValue ?? row.choices) === undefined)),
        value,
        fc.boolean(),
      )
      .map(([row, text, isLong]) => {
        const name = row.short === undefined ? `--${row.long}` : `-${row.short}`;
        if (row.argument === undefined) return { row, argv: [name] };
        return { row, argv: isLong ? [`--${row.long}=${text}`] : [name, text] };
      });
    const once = fc.uniqueArray(form, { selector: ({ row }) => row.long, maxLength: 8 });
    const command = fc.array(fc.string(), { maxLength: 3 }).map((words) => ['cmd', ...words]);
    await fc.assert(
      fc.asyncProperty(once, command, async (forms, words) => {
        const argv = [...forms.flatMap((one) => one.argv), ...words];
        const line = normalise(argv);
        const ours = readValues(line.options);
        const theirs = await parseByYargs(argv);
        expect(line.words).toEqual(theirs._);
        for (const { long } of rows) expect([long, ours[long as OptionName]]).toEqual([long, theirs[long]]);
      }),
      { numRuns: 60 },
    );
  });

  it('never throws anything but a usage error', () => {
    const word = fc.oneof(
      fc.string(),
      fc.string().map((text) => `-${text}`),
      fc.string().map((text) => `--${text}`),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        try {
          normalise(argv);
        } catch (error) {
          expect(error).toBeInstanceOf(LockstepError);
          expect(error).toMatchObject({ code: 'usage' });
        }
      }),
    );
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
    expect(() => normalise(argv)).toThrow(expect.objectContaining({ code: 'usage', message }));
  });

  it.each([
    [['-p2222'], /-o HOST:PORT/],
    [['-f', '50'], /-d N/],
    [['--hosts', 'a'], /-o HOST/],
  ])('tells users of ssh and pdsh who type %j the right option', (argv, hint) => {
    expect(() => normalise(argv)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringMatching(hint) }),
    );
  });
});
