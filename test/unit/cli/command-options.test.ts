import { describe, expect, test } from 'vitest';
import { asked } from './asked.ts';

const parse = (line: string) => asked(['-o', 'web1', ...line.split(' ')]);

describe('what a command, its output and its failures are told to do', () => {
  test.each([
    ['-C uptime', { work: { timeoutMs: undefined, isFailFast: false }, show: { fold: undefined } }],
    ['--timeout 90 --fail-fast -C uptime', { work: { timeoutMs: 90_000, isFailFast: true } }],
    ['--timeout=500ms -m -n true --no-upload -S', { work: { timeoutMs: 500 } }],
    ['--fold -C uptime', { show: { fold: 'same' }, work: { text: 'uptime' } }],
    ['--fold=diff -C uptime', { show: { fold: 'diff' } }],
    ['--fold -S /etc/hosts', { show: { fold: 'same' } }],
    ['--outdir out --failed-to failed -C uptime', { show: { outdir: 'out', failedTo: 'failed' } }],
    ['--failed-to failed -U /etc/hosts', { show: { failedTo: 'failed' } }],
  ])('%s', async (line, expected) => {
    expect(await parse(line)).toMatchObject(expected);
  });

  test.each([
    ['--timeout 5 -S /etc/hosts', 'with -C, or with -S -m'],
    ['--timeout 5 -n true -S /etc/hosts', 'with -C, or with -S -m'],
    ['--fail-fast -L', 'goes with -C, -U and -S only'],
    ['--fold -U /etc/hosts', 'with -C and -S'],
    ['--outdir out -L', 'with -C and -S'],
    ['--fold --json -C uptime', 'exclude each other'],
    ['--fold -l -C uptime', 'exclude each other'],
    ['--failed-to failed -L', 'with -C, -U, -S and --download'],
    ['--failed-to failed --lock-status', 'with -C, -U, -S and --download'],
    ['--timeout 0 -C uptime', 'out of bounds'],
    ['--timeout soon -C uptime', 'takes a time'],
    ['--fold=some -C uptime', 'does not take'],
  ])('%s is refused, with a hint', async (line, message) => {
    const refused = await parse(line).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    expect((refused as { hint?: string }).hint).toBeTruthy();
  });
});
