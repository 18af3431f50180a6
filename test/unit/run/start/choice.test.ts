/** Lists of names and of patterns, as the command line names them, and what is told of them before any connection. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import type { Tell } from '../../../../src/core/events.ts';
import { collect } from '../../../../src/run/start/collect.ts';
import { lookTwice } from '../../../../src/run/start/second-look.ts';
import { scratchForEach } from '../../../scratch.ts';
import { asked } from '../../cli/asked.ts';

let directory: string;
const before = process.cwd();

scratchForEach((made) => {
  directory = made;
  process.chdir(directory);
  mkdirSync('app/sub', { recursive: true });
  for (const name of ['app/a', 'app/b c', 'app/#d', 'app/sub/e', 'app/sub/f.log', 'g.log'])
    writeFileSync(name, '');
});
afterEach(() => {
  process.chdir(before);
});

async function found(words: readonly string[], stdin: string | Buffer = '') {
  const request = await asked(['-o', 'web1', '-e', ...words]);
  const warnings: string[] = [];
  const tell: Tell = (event) =>
    void (event.type === 'log' && event.level === 'warn' && warnings.push(event.message));
  const here = { environment: process.env, expect() {}, stdin: () => Readable.from([stdin]), tell };
  const collection = await collect(request.work, here);
  lookTwice(
    {
      request,
      here,
      progress: { nodes: [] },
      tell,
    },
    collection,
  );
  return { members: collection?.entries.map(({ member }) => member), warnings };
}

test.each([
  ['a line a name, blanks and # too', 'app/a\n\napp/b c\napp/#d', ['app/#d', 'app/a', 'app/b c']],
  ['each ended by a NUL where there is one', 'app/b c\0./app/a\0', ['app/a', 'app/b c']],
  [
    'a directory with all that is in it, once',
    'app/sub\napp/sub/e\n',
    ['app/sub', 'app/sub/e', 'app/sub/f.log'],
  ],
])('the names of --files-from are read: %s', async (_what, list, members) => {
  expect((await found(['--files-from', '-', '-U'], list)).members).toEqual(members);
  writeFileSync('list', list);
  expect((await found(['--files-from', 'list', '-S'])).members).toEqual(members);
  expect((await found(['--files-from', 'list', '-U', 'app/a'])).members).toEqual(
    [...new Set([...members, 'app/a'])].sort(),
  );
});

test.each([
  ['', /^--files-from '-' names no file$/, /did the command that makes it fail/],
  ['\n\n', /names no file/, /did the command that makes it fail/],
  ['\0', /names no file/, /did the command that makes it fail/],
  ['app/a\0\0', /cannot send "": the name is empty/, undefined],
  ['app/a\ngone\n', /cannot send ".*\/gone": no such file/, undefined],
  ['app/a\r\n', /cannot send .*: no such file/, /line ends of Windows/],
  [Buffer.from([0x61, 0xe9, 0x0a]), /is not UTF-8/, /cannot be sent/],
])('a list that would send less than it should is refused: %j', async (list, message, hint) => {
  await expect(found(['--files-from', '-', '-U'], list)).rejects.toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
  );
  if (hint !== undefined)
    await expect(found(['--files-from', '-', '-U'], list)).rejects.toMatchObject({
      hint: expect.stringMatching(hint),
    });
});

test('--files-from and --exclude-from that are missing, or directories, are refused by name', async () => {
  await expect(found(['--files-from', 'gone', '-U'])).rejects.toThrow(
    "--files-from 'gone' cannot be read: no such file",
  );
  await expect(found(['--exclude-from', 'app', '-U', 'app'])).rejects.toThrow(
    "--exclude-from 'app' cannot be read",
  );
});

test.each(['', '\n# all of them were comments\n'])(
  'a file of patterns without any is told, since it leaves nothing out: %j',
  async (text) => {
    writeFileSync('patterns', text);
    const { members, warnings } = await found(['--exclude-from', 'patterns', '-U', 'app/sub']);
    expect(members).toEqual(['app/sub', 'app/sub/e', 'app/sub/f.log']);
    expect(warnings).toEqual(["--exclude-from 'patterns' holds no pattern, and leaves nothing out"]);
  },
);

test('the patterns of --exclude-from come before those of --exclude, which overrule them', async () => {
  writeFileSync('patterns', '# logs\n*.log\nsub/\n');
  expect((await found(['--exclude', '!sub', '--exclude-from', 'patterns', '-U', 'app'])).members).toEqual([
    'app',
    'app/#d',
    'app/a',
    'app/b c',
    'app/sub',
    'app/sub/e',
  ]);
  expect((await found(['--exclude-from', '-', '-U', 'app'], 'app/?*\n')).members).toEqual(['app']);
});

test('what is named and left out is told, up to five names', async () => {
  expect((await found(['--exclude', '*.log', '-U', 'g.log', 'app'])).warnings).toEqual([
    "named, and left out by --exclude or --gitignore: 'g.log'",
  ]);
  const names = Array.from({ length: 8 }, (_, at) => `${at}.log`);
  for (const name of names) writeFileSync(name, '');
  const { warnings } = await found(
    ['--exclude', '*.log', '--files-from', '-', '-U'],
    ['app/a', ...names].join('\n'),
  );
  expect(warnings).toEqual([expect.stringMatching(/'0\.log', .*'4\.log', 3 more$/)]);
  expect((await found(['--exclude', '*.log', '-U', '.'])).warnings).toEqual([]);
});
