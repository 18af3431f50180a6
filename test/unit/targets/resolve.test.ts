// @module-tag slow: left out of npm run test:quick
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { parseHostList } from '../../../src/targets/host-list.ts';
import { readHostFile, readHostStream } from '../../../src/targets/read-host-list.ts';
import { anyText } from '../../any-text.ts';
import { asked, filesOf, resolved } from './asked.ts';

const files: Readonly<Record<string, string>> = {
  './hosts': 'web1\nroot@web2:2222\r\n\n# spare\nweb3 # rack 4\n',
  '../more': '[::1]:22\n',
  '/etc/hosts.txt': 'web9\nweb 10\n',
  '/dev/null': '',
};
const there = filesOf(files);
const ids = async (hosts: string[], stdinText?: string) =>
  (await resolved(asked({ hosts, stdinText, user: 'me' }), there)).map((node) => node.id);

describe('resolveTargets', () => {
  it('puts stdin first, then -o in order with host files in place, each node once', async () => {
    expect(await ids(['a', './hosts', 'me@web1:22', '../more', 'WEB3'], 'b:1\nweb3\n')).toEqual([
      '[me@b:1]',
      '[me@web3:22]',
      '[me@a:22]',
      '[me@web1:22]',
      '[root@web2:2222]',
      '[me@[::1]:22]',
    ]);
  });

  it('remembers what the user wrote', async () => {
    const nodes = await resolved(asked({ hosts: ['./hosts'], stdinText: undefined, user: 'me' }), there);
    expect(nodes.map((node) => node.given)).toEqual(['web1', 'root@web2:2222', 'web3']);
  });

  it('logs in as the local account where nobody says otherwise', async () => {
    const nodes = await resolved(asked({ hosts: ['a'], stdinText: undefined, user: undefined }), there);
    expect(nodes[0]?.user).toBe(userInfo().username);
  });

  it.each([
    [['/etc/hosts.txt'], undefined, /^\/etc\/hosts\.txt:2: .*'web 10'/],
    [['a'], 'x\n\ny z\n', /^stdin:3: .*'y z'/],
    [['a', '-C'], undefined, /^-o: a host does not begin with '-'/],
    [['/dev/null'], undefined, /^no targets/],
    [[], '\n# none\n', /^no targets/],
  ])('refuses %j with stdin %j before anything is connected', async (hosts, stdinText, message) => {
    await expect(resolved(asked({ hosts, stdinText, user: 'me' }), there)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a -u that is not a login name, even if every target has its own', async () => {
    await expect(
      resolved(asked({ hosts: ['b@a'], stdinText: undefined, user: '-l' }), there),
    ).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(/^-u: /) });
  });

  it('S8: hostile lines never throw anything but a usage error, and never print what a terminal obeys', async () => {
    const line = fc.oneof(fc.string(), anyText(), fc.constantFrom('\u001b]0;x\u0007', '#', '[', '@', 'a:'));
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        try {
          const nodes = await resolved(asked({ hosts: [], stdinText: lines.join('\n'), user: 'me' }), there);
          expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(LockstepError);
          expect(error).toMatchObject({ code: 'usage' });
          // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the promise.
          expect((error as LockstepError).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
    );
  });

  it('refuses more targets than the limit', async () => {
    const stdinText = Array.from({ length: LIMITS.nodesMax + 1 }, (_, index) => `n${index}`).join('\n');
    await expect(resolved(asked({ hosts: [], stdinText, user: 'me' }), there)).rejects.toMatchObject({
      message: `more than ${LIMITS.nodesMax} targets`,
    });
  });
});

describe('parseHostList', () => {
  it('skips blanks and comments, trims, and counts every line', () => {
    const text = '\uFEFFa\r\n\r\n  # comment\n\tb \t# why\nc#d\n#\ne';
    expect(parseHostList(text, './h')).toEqual([
      { text: 'a', source: './h:1' },
      { text: 'b', source: './h:4' },
      { text: 'c#d', source: './h:5' },
      { text: 'e', source: './h:7' },
    ]);
  });
});

describe('reading host lists', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lockstep-hosts-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  it('reads a file', async () => {
    await writeFile(join(directory, 'hosts'), 'wéb\n');
    expect(await readHostFile(join(directory, 'hosts'))).toBe('wéb\n');
  });

  it("names the file before the reason, as orgalorg's scripts expect", async () => {
    await expect(readHostFile('./blah')).rejects.toMatchObject({
      code: 'usage',
      message: "can't open hosts file: './blah': no such file or directory",
    });
    await expect(readHostFile(directory)).rejects.toMatchObject({
      message: expect.stringMatching(/^can't open hosts file: .*illegal operation on a directory$/),
    });
  });

  it('stops at the limit: an endless list ends', async () => {
    await expect(readHostFile('/dev/zero')).rejects.toMatchObject({
      message: expect.stringMatching(/larger than/),
    });
    async function* endless() {
      for (;;) yield Buffer.alloc(LIMITS.hostListBytesMax);
    }
    await expect(readHostStream(endless(), 'stdin')).rejects.toMatchObject({ code: 'usage' });
  });
});
