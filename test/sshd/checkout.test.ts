/** The program as it was built, or was not, without any node. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { capture } from '../farm/process.ts';
import { scratchForFile } from '../scratch.ts';

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
const home = scratchForFile();
chmodSync(home, 0o755);

test.each(['-h', '--version', 'completion bash', 'help', 'version'])(
  'output of %s that cannot be written is told in a sentence, with 74',
  async (words) => {
    const ended = await capture('sh', ['-c', `"$0" "$1" ${words} >/dev/full`, process.execPath, program]);
    expect(ended).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/^lockstep: cannot write .*\n$/),
    });
  },
);

describe('a checkout', () => {
  /** What a program needs to start, elsewhere. */
  function copy(name: string): string {
    const directory = join(home, name);
    mkdirSync(join(directory, 'bin'), { recursive: true });
    cpSync(program, join(directory, 'bin/lockstep.js'));
    cpSync(fileURLToPath(new URL('../../package.json', import.meta.url)), join(directory, 'package.json'));
    return directory;
  }
  const asOther = (directory: string) =>
    capture('setpriv', [
      '--reuid=12345',
      '--clear-groups',
      process.execPath,
      join(directory, 'bin/lockstep.js'),
      '--version',
    ]);

  test('that is not built says so, and is no bug', async () => {
    const ended = await asOther(copy('unbuilt'));
    expect(ended).toMatchObject({ code: 127, stderr: expect.stringContaining('not built yet') });
  });

  test('that this account may not read is told apart from one that is not built', async () => {
    const directory = copy('closed');
    cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), join(directory, 'dist'), {
      recursive: true,
    });
    chmodSync(join(directory, 'dist'), 0o700);
    const ended = await asOther(directory);
    expect(ended).toMatchObject({
      code: 126,
      stderr: expect.stringContaining('may not be read by this account'),
    });
    chmodSync(join(directory, 'dist'), 0o755);
    expect(await asOther(directory)).toMatchObject({ code: 0 });
  });

  test('that root has built can be run by everybody', () => {
    const mode = execFileSync('stat', ['-c', '%a', fileURLToPath(new URL('../../dist', import.meta.url))], {
      encoding: 'utf8',
    });
    expect(mode.trim()).toBe('755');
  });
});
