// @module-tag slow: left out of npm run test:quick
/** What a slow node costs the others and the controller's disk. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { fanOut } from '../../../src/transfer/fan-out.ts';
import { often } from '../../often.ts';
import { otherLimits } from '../../other-limits.ts';
import {
  archiveOf,
  chunksOf,
  FakeNode,
  IdleClock,
  memorySpool,
  options,
  sizes,
  sizesOfMany,
  type Turn,
} from './fakes.ts';
import { SMALL_LIMITS } from './small-limits.ts';

otherLimits(LIMITS, SMALL_LIMITS);

describe('F12: one archive for many nodes', () => {
  it('goes at the pace of the slowest when the spool cannot be written, and fails nobody', async () => {
    const slow = fc.array(fc.nat(4), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        sizes,
        slow,
        fc.nat(300),
        async (schedule, parts, paces, spoolBytes) => {
          const turn: Turn = (label) => schedule.schedule(Promise.resolve(), label);
          const whole = Buffer.concat(chunksOf(parts));
          const nodes = paces.map((slowness) => new FakeNode({ slowness }, turn));
          const spool = memorySpool(turn, spoolBytes);
          const running = fanOut(archiveOf(chunksOf(parts)), nodes, options(spool.open));
          const result = await schedule.waitFor(running);
          for (const node of nodes) expect(node.bytes.equals(whole) && node.isEnded).toBe(true);
          expect(result.spooledBytes).toBeLessThanOrEqual(spoolBytes);
          expect(result.ringBytesPeak).toBeLessThanOrEqual(LIMITS.archiveRingBytes);
        },
      ),
      { numRuns: often(60) },
    );
  });

  it('says once why the spool could not be written, and goes on', async () => {
    const nodes = [new FakeNode({ slowness: 0 }), new FakeNode({ slowness: 50 })];
    const failing = async () => Promise.reject(new Error('EROFS'));
    const told: unknown[] = [];
    const settings = { ...options(failing), onSpoolFailed: (why: unknown) => void told.push(why) };
    const result = await fanOut(archiveOf(chunksOf(sizesOfMany)), nodes, settings);
    expect(told).toEqual([new Error('EROFS')]);
    expect(result.delivered).toEqual([true, true]);
  });

  it('never opens a spool for an archive that fits into memory, nor for nodes that keep up', async () => {
    const small = [new FakeNode({ slowness: 0 }), new FakeNode({ slowness: 40 })];
    const even = [new FakeNode({ slowness: 1 }), new FakeNode({ slowness: 1 })];
    const spool = memorySpool();
    await fanOut(archiveOf(chunksOf([16, 16, 16, 16])), small, options(spool.open));
    await fanOut(archiveOf(chunksOf(sizesOfMany)), even, options(spool.open));
    expect(spool.state.opened).toBe(0);
  });

  it('waits for nodes that take turns in being last, and needs no disk for them', async () => {
    const clock = new IdleClock();
    const [one, other] = [
      new FakeNode({ slowness: 9 }, clock.turn),
      new FakeNode({ slowness: 9 }, clock.turn),
    ];
    // Each is held up once for longer than the ring lasts, the other one later.
    one.write = heldUp(one, clock, { atByte: 800, ms: 50 });
    other.write = heldUp(other, clock, { atByte: 1200, ms: 50 });
    const spool = memorySpool();
    const running = fanOut(archiveOf(chunksOf(sizesOfMany)), [one, other], { ...options(spool.open), clock });
    await clock.runUntil(() => one.isEnded && other.isEnded);
    expect((await running).spooledBytes).toBe(0);
  });

  it('lets a slow or stalled node cost the others no more than the share of patience, though it goes on a little', async () => {
    const laggard = fc.record(
      { times: fc.integer({ min: 2, max: 20 }), stallsAt: fc.integer({ min: 0, max: 1500 }) },
      { requiredKeys: ['times'] },
    );
    const laggards = fc.array(laggard, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), laggards, async (slowness, plans) => {
        const aloneMs = await timeOfFast(slowness, []);
        const slower = plans.map(({ times, ...stall }) => ({ slowness: slowness * times, ...stall }));
        const amongMs = await timeOfFast(slowness, slower);
        expect(amongMs).toBeLessThanOrEqual(aloneMs * (1 + LIMITS.laggardPatienceShare));
      }),
      { numRuns: often(60) },
    );
  });
});

/** A node's `write`, which takes so much longer once. */
function heldUp(node: FakeNode, clock: IdleClock, { atByte, ms }: { atByte: number; ms: number }) {
  const write = node.write.bind(node);
  let isDue = true;
  return async (bytes: Buffer) => {
    if (isDue && node.received >= atByte) {
      isDue = false;
      await new Promise<void>((resolve) => clock.after(ms, resolve));
    }
    await write(bytes);
  };
}

/** The milliseconds after which a fast node has the whole archive, when there are others of these plans. */
async function timeOfFast(
  slowness: number,
  plans: readonly { slowness: number; stallsAt?: number }[],
): Promise<number> {
  const clock = new IdleClock();
  const fast = new FakeNode({ slowness }, clock.turn);
  const others = plans.map((plan) => new FakeNode(plan, clock.turn));
  const archive = archiveOf(chunksOf(sizesOfMany));
  const running = fanOut(archive, [fast, ...others], { ...options(memorySpool().open), clock });
  await clock.runUntil(() => fast.isEnded);
  for (const node of others) node.die();
  await running;
  return clock.nowMs;
}
