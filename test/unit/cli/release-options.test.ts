/** What `--switch`, `--rollback` and `--releases` take, and what they refuse. */
import { expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';
import { asked } from './asked.ts';

test('a release is asked for with its directory, and how many stay', async () => {
  expect(
    await asked('-o a -r /srv/app --switch --keep-releases 3 --no-link -U build'.split(' ')),
  ).toMatchObject({
    lock: { path: '/srv/app', kind: 'exclusive', makes: 'directory' },
    work: { directory: '/srv/app', files: ['build'], isRelease: true, releasesKept: 3, linksEqual: false },
  });
  expect(await asked('-o a -r d -e --switch -U x y'.split(' '))).toMatchObject({
    work: { areRelative: true, isRelease: true, linksEqual: true, releasesKept: undefined },
  });
});

test('the way back and the list are modes of their own, and make no directory', async () => {
  expect(await asked('-o a -r ~/app --rollback'.split(' '))).toMatchObject({
    lock: { path: 'app', kind: 'exclusive', makes: 'none' },
    work: { mode: 'rollback', directory: 'app' },
  });
  expect(await asked('-o a -r d --releases'.split(' '))).toMatchObject({
    work: { mode: 'releases', directory: 'd' },
  });
});

test.each<[string, RegExp, RegExp]>([
  ['-o a --switch -U build', /^--switch, --rollback and --releases need -r DIR/, /DIR\/releases\/RUN/],
  ['-o a --rollback', /^--switch, --rollback and --releases need -r DIR/, /DIR\/current/],
  ['-o a --releases', /^--switch, --rollback and --releases need -r DIR/, /DIR\/current/],
  ['-o a -r d --switch -U x y', /^--switch takes one directory/, /with -e/],
  ['-o a -r d --switch --files-from l -U', /^--switch takes one directory/, /with -e/],
  ['-o a -r d --keep-releases 3 -U x', /^--keep-releases and --no-link go with --switch/, /add --switch/],
  ['-o a -r d --no-link -U x', /^--keep-releases and --no-link go with --switch/, /add --switch/],
  ['-o a -r d --switch --delete -U x', /^--delete does not go with --switch/, /--keep-releases/],
  ['-o a -r d --switch -S x', /^--switch goes with -U only/, /uploaded with -U/],
  ['-o a -r d --switch --keep-releases 0 -U x', /'0'/, /./],
  ['-o a -r d --lock-shared --rollback', /^--lock-shared goes with/, /./],
  ['-o a -r d --rollback now', /take no command and no files/, /./],
])('refuses %j and says what to do', async (line, message, hint) => {
  await expect(parseArguments(line.split(' '))).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});
