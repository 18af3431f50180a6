/** The end of a worker's command is what the worker says of it, whatever stands between it and sshd. */
import { describe, expect, test } from 'vitest';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { reportedEnd } from '../../../src/node/worker/reported-end.ts';

const TOKEN = '00112233445566778899aabbccddeeff';

/** What is known of a command whose worker has written this, on a channel that ended so. */
async function heard(written: string, ended: ChannelResult) {
  const output: Buffer[] = [];
  let untold = 0;
  const sinks = { onStdout: (chunk: Buffer) => void output.push(Buffer.from(chunk)), onStderr: () => {} };
  const reported = reportedEnd(TOKEN, sinks, () => untold++);
  const channel = reported.watch({
    write: async () => {},
    end: () => {},
    close: () => {},
    result: Promise.resolve(ended),
  });
  for (const byte of Buffer.from(written, 'latin1')) void reported.sinks.onStdout(Buffer.from([byte]));
  const result = await channel.result;
  return { result, output: Buffer.concat(output).toString('latin1'), untold };
}

const code = (value: number): ChannelResult => ({ kind: 'code', code: value });

describe('L18: how the command of a worker has ended', () => {
  test.each<[title: string, written: string, ended: ChannelResult, result: unknown]>([
    ['is what it says, not what a pipe behind it ends with', `out${TOKEN} EXIT 3\n`, code(0), code(3)],
    ['is what it says where a wrapper fails by itself', `out${TOKEN} EXIT 0\nlate`, code(7), code(0)],
    [
      'is what it says where the channel ends without a status',
      `out${TOKEN} EXIT 3\n`,
      { kind: 'lost', reason: 'x' },
      code(3),
    ],
    [
      'is not known where a shell ends well and nothing was said',
      'out',
      code(0),
      { kind: 'lost', reason: expect.stringMatching(/did not come through .*code 0/) },
    ],
    [
      'is not known where its words were cut',
      `out${TOKEN} EXIT `,
      code(0),
      { kind: 'lost', reason: expect.stringMatching(/code 0/) },
    ],
    [
      'is a signal where its worker was killed',
      'out',
      { kind: 'signal', signal: 'KILL' },
      { kind: 'signal', signal: 'KILL' },
    ],
    [
      'is that it was not started where it says so',
      `${TOKEN} DIED fork\n`,
      code(1),
      { kind: 'lost', reason: expect.stringMatching(/cannot start another process/) },
    ],
    ['is lost with the connection', 'out', { kind: 'lost', reason: 'cut' }, { kind: 'lost', reason: 'cut' }],
  ])('%s', async (_title, written, ended, result) => {
    expect((await heard(written, ended)).result).toEqual(result);
  });

  test.each([
    ['out', 'out'],
    [`no newline, ${TOKEN.slice(0, 9)}`, `no newline, ${TOKEN.slice(0, 9)}`],
    [`a\0\xff${TOKEN} EXIT 0\nlate`, 'a\0\xfflate'],
    [`cut in its words ${TOKEN} EX`, 'cut in its words '],
  ])('takes no byte from what the command wrote: %j', async (written, output) => {
    expect((await heard(written, code(0))).output).toBe(output);
  });

  test('is asked of the keeper where nothing was said: what is left of it is ended', async () => {
    expect((await heard('out', code(0))).untold).toBe(1);
    expect((await heard('out', { kind: 'signal', signal: 'KILL' })).untold).toBe(1);
    expect((await heard(`${TOKEN} EXIT 0\n`, code(0))).untold).toBe(0);
  });
});
