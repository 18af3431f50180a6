import { describe, expect, test } from 'vitest';
import { asked } from './asked.ts';

const parse = (line: string) => asked(['-o', 'web1', ...line.split(' ')]);

describe('--lock-wait', () => {
  test.each([
    ['-C uptime', 0],
    ['--lock-wait -C uptime', 30_000],
    ['--lock-wait=5m -C uptime', 300_000],
    ['--lock-wait=0 -C uptime', 0],
    ['--lock-wait=12 -L', 12_000],
  ])('%s waits %d ms', async (line, waitMs) => {
    expect(await parse(line)).toMatchObject({ lock: { waitMs } });
  });

  test('never takes the word behind it', async () => {
    expect(await parse('-C --lock-wait ls 5m')).toMatchObject({
      lock: { waitMs: 30_000 },
      work: { text: 'ls 5m' },
    });
    await expect(parse('-C --lock-wait 5m ls')).rejects.toMatchObject({
      hint: expect.stringContaining('--lock-wait=TIME'),
    });
  });

  test.each(['--lock-wait=', '--lock-wait=soon', '--lock-wait=8d'])('refuses %s', async (option) => {
    await expect(parse(`${option} -L`)).rejects.toMatchObject({ code: 'usage' });
  });
});

test('the modes that take no lock, and the other options of the lock', async () => {
  expect(await parse('--lock-status')).toMatchObject({ work: { mode: 'lock-status' } });
  expect(await parse('--lock-break r1 --yes')).toMatchObject({
    work: { mode: 'lock-break', run: 'r1', isConfirmed: true },
  });
  expect(await parse('--lock-shared --lock-reason=upgrade -C uptime')).toMatchObject({
    work: { mode: 'command' },
    lock: { kind: 'shared', reason: 'upgrade' },
  });
  expect(await parse('--lock-shared -L')).toMatchObject({ work: { mode: 'lock' }, lock: { kind: 'shared' } });
});

test.each([
  ['--lock-status uptime', 'take no command'],
  ['--lock-status -L', 'exclude each other'],
  ['--lock-break r1 --lock-status', 'exclude each other'],
  ['--lock-break', 'requires argument'],
  ['-y --lock-status', 'do not go with --lock-status'],
  ['--lock-status --lock-wait', '--lock-reason need a lock'],
  ['-y --lock-wait -C uptime', '--lock-reason need a lock'],
  ['-y --lock-shared -C uptime', '--lock-shared needs a lock'],
  ['-y --lock-reason=x -C uptime', '--lock-reason need a lock'],
  ['-t --lock-wait -C uptime', 'exclude each other'],
  ['--lock-shared -U /etc/hosts', 'with -C, --download, --releases and -L only'],
  ['--lock-shared -S /etc/hosts', 'with -C, --download, --releases and -L only'],
  ['--yes -L', 'and --lock-break only'],
])('%s is refused, with a hint', async (line, message) => {
  const refused = await parse(line).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
  expect(message === 'requires argument' || (refused as { hint?: string }).hint).toBeTruthy();
});
