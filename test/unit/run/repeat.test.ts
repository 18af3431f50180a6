/** The request of a run that is over, for some of its nodes. */
import { expect, test } from 'vitest';
import { goneInputs, repeatedRequest } from '../../../src/run/repeat.ts';
import { parseRequest } from '../../../src/run/request/read-request.ts';

const TARGET = 'run:r:all!run:r:ok';
const request = (given: Record<string, unknown>) =>
  parseRequest(
    JSON.stringify({ version: 1, targets: { hosts: ['a'] }, work: { mode: 'command', text: 'x' }, ...given }),
  );

test('is the same but for its targets, also where these came from stdin or a program', () => {
  const old = request({
    targets: { hosts: ['a', '/dev/stdin'], user: 'ann', inventory: 'inv.yaml', program: 'list-hosts' },
    connect: { keyFile: 'key', isSudoPasswordAsked: true, asRoot: true },
    rollout: { maxDown: '5' },
  });
  const again = repeatedRequest(old, TARGET);
  expect(again).toEqual({ ...old, targets: { hosts: [TARGET], areOnStdin: false, user: 'ann' } });
  expect(goneInputs(again)).toEqual([]);
  expect(parseRequest(JSON.stringify(again))).toEqual(again);
});

test('knows the groups of its inventory where an order names some', () => {
  const old = request({ targets: { inventory: 'inv.yaml' }, rollout: { order: ['@db', '@web'] } });
  expect(repeatedRequest(old, TARGET).targets).toMatchObject({ hosts: [TARGET], inventory: 'inv.yaml' });
});

test.each<[Record<string, unknown>, readonly string[]]>([
  [{ work: { mode: 'command', text: 'x', stdin: '/dev/stdin' } }, ['-i /dev/stdin']],
  [{ work: { mode: 'command', text: 'x', stdin: '/dev/fd/63' } }, ['-i /dev/fd/63']],
  [{ work: { mode: 'upload', filesFrom: '-' } }, ['--files-from -']],
  [
    { work: { mode: 'upload', files: ['a'], excludesFrom: ['/proc/self/fd/9'] } },
    ['--exclude-from /proc/self/fd/9'],
  ],
  [{ rollout: { file: '/dev/fd/62' } }, ['--rollout /dev/fd/62']],
  [{ work: { mode: 'command', text: 'x', stdin: '/dev/zero' } }, []],
  [{ connect: { passwordFile: '-' } }, []],
])('tells what was read once and is gone: %j', (given, gone) => {
  expect(goneInputs(repeatedRequest(request(given), TARGET))).toEqual(gone);
});
