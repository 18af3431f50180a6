/** What `--download` takes, and what chooses among the files of an upload. */
import { expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';
import { asked } from './asked.ts';

test('paths of the nodes count from -r, and files go below --into', async () => {
  expect(await asked('-o a -r d --into l --max-bytes 2G --download x ./z'.split(' '))).toMatchObject({
    lock: { path: 'd', makes: 'none' },
    work: { mode: 'download', paths: ['x', './z'], directory: 'd', into: 'l', bytesMax: 2 ** 31 },
  });
  expect(await asked(['-o', 'a', '--download', '~/y/', '$HOME'])).toMatchObject({
    work: { paths: ['y', '.'], into: '.' },
  });
});

test.each<[string, RegExp, RegExp]>([
  ['-o a --download', /^--download needs paths/, /--into DIR/],
  ['-o a --download /', /not the whole of/, /name its contents/],
  ['-o a --download /var/../etc', /no path with "\.\."/, /from \//],
  ['-o a --download /var log', /and not both/, /two runs/],
  ['-o a --download ~ann/x', /expands only ~/, /that home/],
  ['-o a --max-bytes 1X --download /x', /takes a size, not '1X'/, /500M, 10G/],
  ['-o a --max-bytes 0 --download /x', /takes a size, not '0'/, /500M, 10G/],
  ['-o a --bwlimit 100 -U f', /takes a size, not '100'/, /from 1K to/],
  ['-o a --bwlimit 1.5M -U f', /takes a size, not '1\.5M'/, /10G/],
  ['-o a --bwlimit 1M -C true', /^--bwlimit goes with -U, -S and --download only/, /for files/],
  ['-o a --into d -U f', /^--into goes with --download only/, /-r DIR/],
  ['-o a -r d --download ~/x', /-r says where relative paths count from/, /write it from \//],
])('refuses %j and says what to do', async (line, message, hint) => {
  await expect(parseArguments(line.split(' '))).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

test('patterns add up, and a list stands for files', async () => {
  const choosing = '--files-from - --exclude *.o --exclude !a.o --exclude-from ./p --gitignore'.split(' ');
  expect(await asked(['-o', 'a', ...choosing, '-U'])).toMatchObject({
    work: {
      files: [],
      filesFrom: '-',
      excludes: ['*.o', '!a.o'],
      excludesFrom: ['./p'],
      obeysGitignore: true,
    },
  });
});
