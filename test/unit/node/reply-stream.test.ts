import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReply, type Reply } from '../../../src/node/keeper/replies.ts';
import { ReplyStream } from '../../../src/node/keeper/reply-stream.ts';

const TOKEN = '00112233445566778899aabbccddeeff';

function read(chunks: readonly Buffer[], isCommandOpen = false) {
  const replies: Reply[] = [];
  const output: Buffer[] = [];
  const stream = new ReplyStream(TOKEN, {
    onReply: (reply) => void replies.push(reply),
    onOutput: (chunk) => void output.push(Buffer.from(chunk)),
  });
  if (isCommandOpen) stream.openCommand();
  for (const chunk of chunks) stream.push(chunk);
  return { replies, output: Buffer.concat(output).toString('latin1') };
}

/** Cuts a text into pieces at random places. */
const cut = (text: string) =>
  fc.array(fc.nat(text.length), { maxLength: 8 }).map((places) => {
    const ends = [...places.sort((one, other) => one - other), text.length];
    return ends.map((end, index) => Buffer.from(text.slice(ends[index - 1] ?? 0, end), 'latin1'));
  });

describe('the stream of a keeper', () => {
  test('S15: noise of login scripts around the replies is not taken for one', () => {
    const text = `Welcome!\nlocked\nACQUIRED 1:2\n${TOKEN} ACQUIRED 7:9\n${TOKEN} PONG 3\nbye`;
    fc.assert(
      fc.property(cut(text), (chunks) => {
        const { replies, output } = read(chunks);
        expect(replies).toEqual([
          { kind: 'acquired', keeper: '7:9' },
          { kind: 'pong', beat: 3 },
        ]);
        expect(output).toBe('');
      }),
    );
  });

  test('every byte of a command is passed on, also an unterminated last line, however the bytes are cut', () => {
    const command = `one\n${TOKEN.slice(0, 20)} almost\n${TOKEN}x no\nno newline`;
    const text = `${command}${TOKEN} EXIT 3\n${TOKEN} PONG 1\n`;
    fc.assert(
      fc.property(cut(text), (chunks) => {
        const { replies, output } = read(chunks, true);
        expect(output).toBe(command);
        expect(replies).toEqual([
          { kind: 'exit', code: 3, isClean: false },
          { kind: 'pong', beat: 1 },
        ]);
      }),
    );
  });

  test('what a command left in the background is heard between the replies that follow', () => {
    const { replies, output } = read([Buffer.from(`early\n${TOKEN} EXIT 0\nla${TOKEN} PONG 1\nte`)], true);
    expect(output).toBe('early\nlate');
    expect(replies).toEqual([
      { kind: 'exit', code: 0, isClean: false },
      { kind: 'pong', beat: 1 },
    ]);
  });

  test('S11: an endless reply line is dropped, not kept', () => {
    const endless = Buffer.from(`${TOKEN} ERROR ${'x'.repeat(200_000)}`);
    const { replies } = read([endless, Buffer.from(`\n${TOKEN} PONG 1\n`)]);
    expect(replies).toEqual([{ kind: 'pong', beat: 1 }]);
  });
});

const HOLDER = { pid: 17, who: 'ann@ctl', run: 'run1', since: '2026', lockPath: '/' };

test.each([
  [
    'HOLDER\t17\tann@ctl\trun1\t2026\t/\twhy\t-C ls\t0.1.0\ts',
    {
      kind: 'holder',
      holder: { ...HOLDER, reason: 'why', command: '-C ls', version: '0.1.0', kind: 'shared' },
    },
  ],
  [
    'HOLDER\t17\tann@ctl\trun1\t2026\t/\t',
    { kind: 'holder', holder: { ...HOLDER, reason: '', command: '', version: '', kind: 'exclusive' } },
  ],
  [
    'HOLDER\t17\tann@ctl\trun1.2\t2026\t/\t\t\t\tjs',
    {
      kind: 'holder',
      holder: { ...HOLDER, run: 'run1.2', reason: '', command: '', version: '', kind: 'shared' },
    },
  ],
  ['LOCKED', { kind: 'locked' }],
  ['ORPHAN\t17 run1', { kind: 'orphan', pid: 17, run: 'run1' }],
  ['FLOCK held 17', { kind: 'flock', state: { kind: 'held', pid: 17 } }],
  ['FLOCK held 0', { kind: 'flock', state: { kind: 'held', pid: 0 } }],
  ['FLOCK free', { kind: 'flock', state: { kind: 'free' } }],
  ['FLOCK perhaps', undefined],
  ['HOLDER\tx\tann@ctl\trun1\t2026\t/', undefined],
  ['HOLDER\t17\tann@ctl\trun1', undefined],
  ['DRAINING\t 12 13\trun1', { kind: 'draining', pids: [12, 13], run: 'run1' }],
  [
    'LEFT\trun1\tann@ctl\t2026\tnonsense',
    { kind: 'left', unfinished: { run: 'run1', who: 'ann@ctl', since: '2026', state: 'unknown' } },
  ],
  ['EXIT 1000', undefined],
  ['PONG x', undefined],
  ['', undefined],
])('the reply %j is read as it is meant', (line, reply) => {
  expect(parseReply(line)).toEqual(reply);
});
