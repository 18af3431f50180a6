import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';

const parse = async (line: string) => {
  const parsed = await parseArguments(['-o', 'web1', ...line.split(' ')]);
  if (parsed.kind !== 'run') throw new Error('not a run');
  return parsed.options;
};

describe('what a command, its output and its failures are told to do', () => {
  test.each([
    ['-C uptime', { timeoutMs: undefined, failFast: false, fold: undefined }],
    ['--timeout 90 --fail-fast -C uptime', { timeoutMs: 90_000, failFast: true }],
    ['--timeout=500ms -m -n true --no-upload -S', { timeoutMs: 500 }],
    ['--fold -C uptime', { fold: 'same', words: ['uptime'] }],
    ['--fold=diff -C uptime', { fold: 'diff' }],
    ['--fold -S /etc/hosts', { fold: 'same' }],
    ['--outdir out --failed-to failed -C uptime', { outdir: 'out', failedTo: 'failed' }],
    ['--failed-to failed -U /etc/hosts', { failedTo: 'failed' }],
  ])('%s', async (line, expected) => {
    expect(await parse(line)).toMatchObject(expected);
  });

  test.each([
    ['--timeout 5 -S /etc/hosts', 'with -C, or with -S -m'],
    ['--timeout 5 -n true -S /etc/hosts', 'with -C, or with -S -m'],
    ['--fail-fast -L', 'with -C, or with -S -m'],
    ['--fold -U /etc/hosts', 'with -C and -S'],
    ['--outdir out -L', 'with -C and -S'],
    ['--fold --json -C uptime', 'exclude each other'],
    ['--fold -l -C uptime', 'exclude each other'],
    ['--failed-to failed -L', 'with -C, -U and -S'],
    ['--failed-to failed --lock-status', 'with -C, -U and -S'],
    ['--timeout 0 -C uptime', 'out of bounds'],
    ['--timeout soon -C uptime', 'takes a time'],
    ['--fold=some -C uptime', 'does not take'],
  ])('%s is refused, with a hint', async (line, message) => {
    const refused = await parse(line).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    expect((refused as { hint?: string }).hint).toBeTruthy();
  });
});
