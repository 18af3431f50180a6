import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { type Frame, FrameReader, frameHeader } from '../../../src/session/frames.ts';
import { formatError, formatRequest, parseError, parseRequest } from '../../../src/session/messages.ts';

const frame = fc.record({
  kind: fc.constantFrom('go' as const, 'stdin' as const, 'stdout' as const, 'over' as const),
  channel: fc.integer({ min: 0, max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

test('frames come out as they went in, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
      (frames, cuts) => {
        const stream = Buffer.concat(
          frames.flatMap(({ kind, channel, payload }) => [
            frameHeader(kind, channel, payload.length),
            payload,
          ]),
        );
        const read: Frame[] = [];
        const reader = new FrameReader((one) => read.push({ ...one, payload: Buffer.from(one.payload) }));
        let at = 0;
        for (const length of [...cuts, stream.length]) {
          if (at < stream.length) reader.push(stream.subarray(at, at + length));
          at += length;
        }
        expect(read).toEqual(frames);
      },
    ),
  );
});

test('a length beyond all bounds and an unknown kind are refused before anything is kept', () => {
  const reader = () => new FrameReader(() => {});
  const huge = frameHeader('stdin', 1, LIMITS.sessionFrameBytesMax + 1);
  expect(() => reader().push(huge)).toThrow('beyond all bounds');
  const unknown = frameHeader('stdin', 1, 0);
  unknown.writeUInt8(200, 4);
  expect(() => reader().push(unknown)).toThrow('unknown kind');
});

test('a request keeps its node and its command, of any characters', () => {
  const request = fc.record({
    sudo: fc.boolean(),
    node: fc.integer({ min: 0, max: LIMITS.nodesMax }),
    command: fc.string({ unit: 'grapheme' }),
  });
  fc.assert(
    fc.property(request, (one) => {
      expect(parseRequest(formatRequest(one))).toEqual(one);
    }),
  );
});

test('an error keeps its code, and so its exit code; an unknown code is a bug', () => {
  const error = new LockstepError('lock-lost', 'the lock was lost');
  expect(parseError(Buffer.from(formatError(error)))).toMatchObject({ code: 'lock-lost', exitCode: 2 });
  expect(parseError(Buffer.from('{"code":"toString","message":"x"}'))).toMatchObject({ code: 'bug' });
});
