import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { SessionChannel } from '../../../src/session/channel.ts';
import type { Frame } from '../../../src/session/frames.ts';
import type { SessionLink } from '../../../src/session/join.ts';

const QUARTER = LIMITS.sessionWindowBytes / 4;

test('the holder is told what was taken before its window is full, and of a few lines nothing', () => {
  const credits: number[] = [];
  let hear: (frame: Frame) => void = () => {};
  const link = {
    open: (onFrame: typeof hear) => {
      hear = onFrame;
      return 1;
    },
    send: (kind: string, _channel: number, payload: Buffer) =>
      void (kind === 'credit' && credits.push(payload.readUInt32BE(0))),
    onNodeLost: () => () => {},
  } as unknown as SessionLink;
  const node = { id: '[root@a:22]' } as ConstructorParameters<typeof SessionChannel>[2]['node'];
  const request = { node: 0, sudo: false, command: 'x' };
  const sinks = { onStdout: () => {}, onStderr: () => {} };
  new SessionChannel(link, 'go', { node, request, sinks });
  const say = (kind: 'stdout' | 'stderr', bytes: number) =>
    hear({ kind, channel: 1, payload: Buffer.alloc(bytes) });
  say('stdout', 100);
  say('stderr', QUARTER - 101);
  expect(credits).toEqual([]);
  say('stdout', 1);
  say('stdout', 2 * QUARTER);
  say('stdout', 1);
  expect(credits).toEqual([QUARTER, 2 * QUARTER]);
});
