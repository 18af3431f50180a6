/** What a node says when it is asked about paths: a lie of any length is neither held nor believed. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { Answer, type AnswerReader } from '../../../src/run/survey/ask-paths.ts';
import { ContentsReader, ListReader } from '../../../src/transfer/difference/lists.ts';
import { SeenReader } from '../../../src/transfer/difference/seen.ts';
import { SumReader } from '../../../src/transfer/difference/sums.ts';

const ASKED = { length: 1, pathAt: () => '/etc/motd' };
const SUM = `${'a'.repeat(64)}  /etc/motd\n`;
const SEEN = '81a4 0 0 1 1 1 1 1 2020-01-01 00:00:00 /etc/motd\n';
const ENDED = { kind: 'code', code: 0 } as const;

function answerOf(...chunks: string[]): string | undefined {
  const answer = new Answer('TOKEN', () => new SumReader(ASKED, () => {}));
  for (const chunk of chunks) if (!answer.push(Buffer.from(chunk))) break;
  return answer.finish(ENDED);
}

test('a whole answer is one', () => {
  expect(answerOf('TOKEN SEES 0\n', SUM, 'TOKEN END\n')).toBeUndefined();
});

test('F16: a node that has looked at nothing has not answered, though it says that this is the end', () => {
  expect(answerOf('TOKEN END\n')).toMatch(/has not answered to the end/);
  expect(answerOf(SUM, 'TOKEN END\n')).toMatch(/has not answered to the end/);
  expect(answerOf('TOKEN SEES 0\n', 'TOKEN END\n')).toMatch(/"\/etc\/motd" changed/);
});

test('a node may say before all else what it carries plans out with', () => {
  const runsOf = (...chunks: string[]) => {
    const answer = new Answer('TOKEN', () => new SumReader(ASKED, () => {}));
    for (const chunk of chunks) answer.push(Buffer.from(chunk));
    return [answer.runs, answer.finish(ENDED)];
  };
  const answer = ['TOKEN SEES 0\n', SUM, 'TOKEN END\n'];
  expect(runsOf(...answer)).toEqual([undefined, undefined]);
  const perl = { executor: 'executor.pl', hasSha256: true };
  expect(runsOf('TOKEN RUNS exec', 'utor.pl\n', ...answer)).toEqual([perl, undefined]);
  const sh = { executor: 'executor.sh', hasSha256: false };
  expect(runsOf('TOKEN RUNS executor.sh cksum\n', ...answer)).toEqual([sh, undefined]);
  // Behind its first line it is a part of the answer, and no such word.
  expect(runsOf('TOKEN SEES 0\nTOKEN RUNS executor.sh\n')[0]).toBeUndefined();
});

const LONG = 'x'.repeat(10_000);

test('an answer that does not begin is not listened to for long', () => {
  const answer = new Answer('TOKEN', () => new SumReader(ASKED, () => {}));
  let taken = 0;
  while (answer.push(Buffer.from(LONG)) && taken < 100) taken++;
  expect(taken * LONG.length).toBeLessThanOrEqual(LIMITS.replyLineBytesMax);
  expect(answer.finish(ENDED)).toMatch(/it has no first line/);
});

describe.each<[string, string, () => AnswerReader]>([
  ['sums', SUM, () => new SumReader(ASKED, () => {})],
  ['what lies there', SEEN, () => new SeenReader(ASKED, () => {})],
  ['a list', '', () => new ListReader(1, () => {})],
  ['contents', 'x', () => new ContentsReader([1])],
])('an answer that does not end is not held: %s', (_what, whole, readerOf) => {
  test.each([
    ['instead of what was asked for', ''],
    ['behind it', whole],
  ])('%s', (_where, before) => {
    const reader = readerOf();
    const read = () => {
      reader.push(Buffer.from(before));
      for (let count = 0; count < 100; count++) reader.push(Buffer.from(LONG));
    };
    expect(read).toThrow(/asked for|answers|without an end/);
  });
});

test('F12: a path that is longer than any is none, though it has an end', () => {
  const reader = new ListReader(1, () => {});
  reader.push(Buffer.from(`/srv/.\0/srv/.\0/srv/./${'x'.repeat(LIMITS.pathBytesMax)}\0`));
  expect(() => reader.push(Buffer.from(`/srv/./${'x'.repeat(2 * LIMITS.pathBytesMax)}\0`))).toThrow(/a path/);
});
