import { expect, test } from 'vitest';
import { readJobWord } from '../../../src/cli/words/job-word.ts';

const read = async (...words: string[]) => (await readJobWord(words)).job;

test('names stand between the options, which are those of any run and a few of its own', async () => {
  const job = await read(
    ...['-f', 'jobs.mjs', 'deploy', '-o', 'web1', '--role', 'web', 'update', '--schedule=atomic'],
    ...['--json', '--break-on-error', '-xu', 'ann'],
  );
  expect(job).toMatchObject({
    file: 'jobs.mjs',
    names: ['deploy', 'update'],
    roles: ['web'],
    mode: 'atomic',
    breaksOnError: true,
    request: {
      targets: { hosts: ['web1'], user: 'ann' },
      connect: { asRoot: true },
      show: { json: true },
      work: { mode: 'lock', program: [] },
    },
  });
});

test('a job may stand twice, and needs no targets', async () => {
  expect(await read('check', 'check')).toMatchObject({ names: ['check', 'check'], file: undefined });
});

test('--plan needs names, --list has none', async () => {
  expect(await read('--plan', 'a')).toMatchObject({ isPlan: true, isListed: false });
  expect(await read('--list')).toMatchObject({ isListed: true, names: [] });
});

test.each([
  [[], 'job needs the names of jobs'],
  [['--plan'], 'job needs the names of jobs'],
  [['--list', 'deploy'], '--list stands alone'],
  [['deploy', '--role'], '--role needs a value'],
  [['deploy', '-f', ''], '-f needs a value'],
  [['deploy', '--nothing'], '--nothing is not an option'],
  [['deploy', '-C'], 'exclude each other'],
])('%j is refused: %s', async (words, why) => {
  await expect(readJobWord(words)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(why),
  });
});
