import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRollout } from '../../../src/rollout/open-rollout.ts';
import { scratchForFile } from '../../scratch.ts';
import { drawn, nodesOf } from './given.ts';

const directory = scratchForFile();

const catalogue = { groups: new Map(), labels: new Map(), sources: [] };
const nodes = nodesOf('host[1-9]');

function written(name: string, text: string, mode = 0o644): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

async function membersOf(text: string, signal = new AbortController().signal): Promise<string[]> {
  const path = written('r.yaml', text);
  const opened = await openRollout(path, { environment: { PATH: process.env.PATH }, signal });
  return drawn(opened.rulesOf({ nodes, catalogue }));
}

describe('programs of a rollout file', () => {
  written('racks', '#!/bin/sh\n[ $# = 2 ] && echo "host$1" && echo "# none" && echo "host$2"\n', 0o755);

  test('print the hosts of a tag, one a line; their arguments are no shell words, and their directory is that of the file', async () => {
    const text = (call: string) => `plugins: {Racks: ./racks}\ntag: {r: '$Racks ${call}'}\nsequence: [$r]`;
    expect(await membersOf(text('7 [1-2]'))).toEqual(['sequence: $r(host1 host2 host7)']);
    await expect(membersOf(text('$(id) 1'))).rejects.toThrow(/r\.yaml:|\$Racks/);
  });

  test('are found in PATH where their name has no slash', async () => {
    expect(await membersOf('plugins: {Say: echo}\ntag: {r: $Say host3}\nsequence: [$r]')).toEqual([
      'sequence: $r(host3)',
    ]);
  });

  test.each([
    ['fail', "#!/bin/sh\necho 'no such row' >&2\nexit 4\n", 'ended with exit code 4: no such row'],
    [
      'print what is no host',
      '#!/bin/sh\necho "a b"\n',
      "$P:1: the host has characters that no host name has, in target 'a b'",
    ],
    ['print too much', '#!/bin/sh\nexec tr "\\0" x </dev/zero\n', 'printed more than'],
    ['are not there', undefined, 'cannot be started: no such program'],
  ])('that %s are told, and the file is refused', async (what, program, message) => {
    const name = what.replaceAll(' ', '-');
    if (program !== undefined) written(name, program, 0o755);
    const error = await membersOf(`plugins: {P: ./${name}}\ntag: {r: $P}\n`).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    if (what !== 'print what is no host') expect(error.message).toMatch(/r\.yaml:2:\d+: '\$P' /);
  });

  test('end with the run', async () => {
    const stop = new AbortController();
    written('sleeper', '#!/bin/sh\nsleep 60\n', 0o755);
    const waiting = membersOf('plugins: {S: ./sleeper}\ntag: {r: $S}\n', stop.signal);
    setTimeout(() => stop.abort(new Error('ended')), 50);
    await expect(waiting).rejects.toThrow('ended');
  });
});

describe('a rollout file', () => {
  const open = (path: string) => openRollout(path, { environment: {}, signal: new AbortController().signal });

  test('that cannot be read, or that everybody may write to, is refused', async () => {
    await expect(open('/nowhere')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('/nowhere'),
    });
    await expect(open(directory)).rejects.toMatchObject({ code: 'usage' });
    await expect(open('/dev/zero')).rejects.toThrow(/longer than 1048576 bytes/);
    await expect(open(written('open.yaml', '', 0o666))).rejects.toThrow(/everybody may write to it/);
  });

  test.each([
    ['tag: {a: [h1]}\nsequence: [$a, "*.x"]', false],
    ['sequence: [$web]', true],
    ['sequence: ["@web"]', true],
    ['tag: {a: ["h1", "h[1-9]&@web"]}', true],
    ['tag: {a: [h1]}\nconstraint: {$a: {max_parallel: 1, per: dc}}', true],
  ])('says whether groups must be known: %s', async (text, needs) => {
    expect((await open(written('g.yaml', text))).needsGroups).toBe(needs);
  });
});
