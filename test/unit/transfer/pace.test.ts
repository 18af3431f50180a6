/** `--bwlimit`: on a clock that the test moves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ControlEvent } from '../../../src/core/events.ts';
import { PROGRESS_LIMITS } from '../../../src/core/limits/progress.ts';
import { nodeId } from '../../../src/core/node.ts';
import { Traffic } from '../../../src/run/traffic.ts';
import { grant, Pace, Turns } from '../../../src/transfer/pace.ts';
import { ByteSource } from '../../../src/transfer/pull/byte-source.ts';
import { StillClock } from './still-clock.ts';

describe('the bucket', () => {
  const asks = fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 2000 }), bytes: fc.integer({ min: 1, max: 100_000 }) }),
    { minLength: 1, maxLength: 60 },
  );

  test('never lets more go between any two moments than the rate allows, beside what was saved up and one piece', () => {
    fc.assert(
      fc.property(asks, fc.integer({ min: 1024, max: 1e6 }), (all, bytesPerSecond) => {
        let [nowMs, bucket] = [0, { freeAtMs: 0 }];
        const granted = all.map(({ afterMs, bytes }) => {
          nowMs += afterMs;
          const given = grant(bucket, { bytes, nowMs, bytesPerSecond });
          bucket = given.bucket;
          expect(given.atMs).toBeGreaterThanOrEqual(nowMs);
          return { atMs: given.atMs, bytes };
        });
        granted.forEach((first, from) => {
          let sum = 0;
          for (const { atMs, bytes } of granted.slice(from)) {
            expect(atMs).toBeGreaterThanOrEqual(first.atMs);
            const allowed = ((atMs - first.atMs + PROGRESS_LIMITS.burstMs) * bytesPerSecond) / 1000;
            expect(sum).toBeLessThanOrEqual(allowed + 0.01);
            sum += bytes;
          }
        });
      }),
    );
  });

  test('holds nobody longer than what was granted before takes', () => {
    fc.assert(
      fc.property(asks, fc.integer({ min: 1024, max: 1e6 }), (all, bytesPerSecond) => {
        let bucket = { freeAtMs: 0 };
        let sum = 0;
        for (const { bytes } of all) {
          const given = grant(bucket, { bytes, nowMs: 0, bytesPerSecond });
          bucket = given.bucket;
          expect(given.atMs).toBeLessThanOrEqual((sum * 1000) / bytesPerSecond + 0.001);
          sum += bytes;
        }
      }),
    );
  });

  test('goes on in pieces that are short in time', () => {
    const piece = (bytesPerSecond: number) => new Pace(new StillClock(), bytesPerSecond).pieceBytes;
    expect([1024, 1024 ** 2, 1024 ** 4].map(piece)).toEqual([1024, 104_857, 256 * 1024]);
  });
});

describe('traffic', () => {
  const makeNode = (host: string) => ({
    id: nodeId('root', host, 22),
    user: 'root',
    host,
    port: 22,
    given: host,
  });
  const never = new Promise<never>(() => {});

  function start(count: number, bytesPerSecond?: number) {
    const clock = new StillClock();
    const events: ControlEvent[] = [];
    const traffic = new Traffic(
      (event) => events.push(event),
      bytesPerSecond === undefined ? undefined : new Pace(clock, bytesPerSecond),
    );
    const got = Array.from({ length: count }, () => 0);
    const ends: (() => void)[] = [];
    const sinks = got.map((_, index) =>
      traffic.through(
        makeNode(`n${index}`),
        {
          write: async (bytes) => {
            got[index] = (got[index] ?? 0) + bytes.length;
          },
          end: () => {},
          ended: new Promise<void>((resolve) => ends.push(resolve)),
        },
        1_000_000,
      ),
    );
    return { clock, events, traffic, got, sinks, ends };
  }

  test('of all nodes together keeps to the rate, and all have equal shares at any time', async () => {
    const { clock, got, sinks } = start(7, 70_000);
    const sent = Promise.all(sinks.map((sink) => sink.write(Buffer.alloc(100_000))));
    for (let second = 1; second <= 9; second++) {
      await clock.pass(1000);
      const all = got.reduce((sum, bytes) => sum + bytes, 0);
      expect(all).toBeLessThanOrEqual(second * 70_000 + 7_000);
      expect(all).toBeGreaterThanOrEqual(second * 70_000 - 7_000);
      expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(7_000);
    }
    await clock.pass(2000);
    await sent;
    expect(got).toEqual(got.map(() => 100_000));
  });

  test('of a node that has ended is waited for no more, and what it had asked for ends no timer too late', async () => {
    const { clock, sinks, ends, got } = start(1, 1024);
    const sent = sinks[0]?.write(Buffer.alloc(100_000));
    await clock.pass(2000);
    expect(clock.waiting).toBe(1);
    ends[0]?.();
    await clock.pass(0);
    expect(clock.waiting).toBe(0);
    await sent;
    expect(got[0]).toBeLessThan(4_096);
  });

  test('is told node by node, to the whole when all is handed over, whatever it was thought to be', async () => {
    const { events, sinks, traffic } = start(2);
    await sinks[0]?.write(Buffer.alloc(2_000_000));
    sinks[0]?.end();
    await sinks[1]?.write(Buffer.alloc(10));
    sinks[1]?.end();
    const facts = events.flatMap((event) =>
      event.type === 'bytes' ? [[event.node.host, event.ofNode, event.sent]] : [],
    );
    expect(facts.slice(-4)).toEqual([
      ['n0', 999_999, 999_999],
      ['n0', 1_000_000, 1_000_000],
      ['n1', 10, 1_000_010],
      ['n1', 1_000_000, 2_000_000],
    ]);
    expect(traffic.bytes).toBe(2_000_010);
  });

  test('that is compressed counts as what it stands for, and never goes back', async () => {
    const { events, traffic } = start(0);
    let ratio = 10;
    const sink = traffic.through(
      makeNode('a'),
      { write: async () => {}, end: () => {}, ended: never },
      10_000,
      () => ratio,
    );
    await sink.write(Buffer.alloc(100));
    ratio = 2;
    await sink.write(Buffer.alloc(100));
    ratio = 1e6;
    await sink.write(Buffer.alloc(100));
    sink.end();
    expect(events).toMatchObject([1_000, 1_000, 9_999, 10_000].map((ofNode) => ({ ofNode, whole: 10_000 })));
    expect(traffic.bytes).toBe(300);
  });

  test('without a limit goes on at once', async () => {
    const traffic = new Traffic(() => {}, undefined);
    const pieces: number[] = [];
    const sink = traffic.through(
      makeNode('a'),
      { write: async (bytes) => void pieces.push(bytes.length), end: () => {}, ended: never },
      10,
    );
    await sink.write(Buffer.alloc(1_000_000));
    expect(pieces).toEqual([1_000_000]);
  });
});

describe('what a node sends', () => {
  test('is taken at the pace of all, in pieces, and given up at once when the node is', async () => {
    const clock = new StillClock();
    const pace = new Pace(clock, 10_240);
    const sources = [0, 1].map(() => new ByteSource(1e9, new Turns(pace)));
    const taken = [0, 0];
    const reads = sources.map(async (source, index) => {
      void source.push(Buffer.alloc(1_000_000));
      for (;;) taken[index] = (taken[index] ?? 0) + ((await source.some(65_536))?.length ?? 0);
    });
    const ends = Promise.allSettled(reads);
    await clock.pass(10_000);
    for (const bytes of taken) {
      expect(bytes).toBeGreaterThan(50_000);
      expect(bytes).toBeLessThan(54_000);
    }
    for (const source of sources) source.fail(new Error('the run is over'));
    await clock.pass(0);
    expect(clock.waiting).toBe(0);
    expect(await ends).toMatchObject([{ reason: { message: 'the run is over' } }, { status: 'rejected' }]);
  });
});
