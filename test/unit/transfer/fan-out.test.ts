// @module-tag slow: left out of npm run test:quick
/** Who gets an archive that is read once for all, and how that ends where a node, the source or the run does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { UnlinkedFile } from '../../../src/core/unlinked-file.ts';
import { fanOut } from '../../../src/transfer/fan-out.ts';
import type { SpoolFactory } from '../../../src/transfer/overflow.ts';
import { often } from '../../often.ts';
import { otherLimits } from '../../other-limits.ts';
import {
  archiveOf,
  chunksOf,
  FakeNode,
  memorySpool,
  options,
  scheduledClock,
  sizes,
  sizesOfMany,
  type Turn,
} from './fakes.ts';
import { SMALL_LIMITS } from './small-limits.ts';

otherLimits(LIMITS, SMALL_LIMITS);

describe('F12: one archive for many nodes', () => {
  const plan = fc.record(
    { slowness: fc.nat(6), diesAt: fc.nat(800), stallsAt: fc.nat(800) },
    { requiredKeys: ['slowness'] },
  );

  it('reaches each live node byte for byte, in bounded memory, whoever is slow, stalls or dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        sizes,
        fc.array(plan, { maxLength: 6, size: 'max' }),
        async (schedule, parts, plans) => {
          const turn: Turn = (label) => schedule.schedule(Promise.resolve(), label);
          const chunks = chunksOf(parts);
          const whole = Buffer.concat(chunks);
          const nodes = plans.map((one) => new FakeNode(one, turn));
          const stalled = nodes.filter((_, index) => plans[index]?.stallsAt !== undefined);
          const others = nodes.filter((node) => !stalled.includes(node));
          // The chunk that does not fit yet, and the one being asked for, wait outside the ring.
          const aheadMax = LIMITS.archiveRingBytes + 2 * LIMITS.archiveChunkBytes;
          let produced = 0;
          const archive = archiveOf(chunks, async (chunk) => {
            await turn('archive');
            produced += chunk.length;
            const received = nodes.map((node) => node.received);
            if (nodes.length > 0) expect(produced - Math.max(...received)).toBeLessThanOrEqual(aheadMax);
          });
          const spool = memorySpool(turn);
          const failures: unknown[] = [];
          const running = fanOut(archive, nodes, {
            ...options(spool.open),
            clock: scheduledClock(turn),
            onSpoolFailed: (why) => failures.push(why),
          });
          // What stalls is given up only when all others have got everything: it held none of them.
          const giveUp = (async () => {
            while (others.some((node) => !node.isEnded && !node.isDead)) await turn('look');
            for (const node of stalled) node.die();
          })();
          const result = await schedule.waitFor(Promise.all([running, giveUp]).then(([first]) => first));
          nodes.forEach((node, index) => {
            expect(node.bytes.equals(whole.subarray(0, node.received))).toBe(true);
            expect(result.delivered[index]).toBe(node.isEnded);
            if (node.isEnded) expect(node.received).toBe(whole.length);
          });
          for (const node of others) expect(node.isEnded || node.isDead).toBe(true);
          expect(result.ringBytesPeak).toBeLessThanOrEqual(LIMITS.archiveRingBytes);
          expect(failures).toEqual([]);
          expect(spool.state.readsAtOnceMax).toBeLessThanOrEqual(LIMITS.spoolReadsAtOnce);
          expect(spool.state.readBytesMax * nodes.length).toBeLessThanOrEqual(LIMITS.spoolReadBytesMax);
          expect(spool.state.closed).toBe(spool.state.opened);
        },
      ),
      { numRuns: often(100) },
    );
  });

  it('takes a chunk that is larger than the memory for it', async () => {
    const nodes = [new FakeNode({ slowness: 0 }), new FakeNode({ slowness: 9 })];
    const chunks = chunksOf([10, 200, 10]);
    await fanOut(archiveOf(chunks), nodes, options(memorySpool().open));
    for (const node of nodes) expect(node.bytes.equals(Buffer.concat(chunks))).toBe(true);
  });

  it('is not read where no node lives, and no further when the last one has died', async () => {
    let asked = 0;
    const archive = () => archiveOf(chunksOf(sizesOfMany), () => asked++);
    const result = await fanOut(archive(), [], options(memorySpool().open));
    expect(asked).toBe(0);
    expect(result.archiveBytes).toBe(0);
    const dying = [new FakeNode({ slowness: 0, diesAt: 40 }), new FakeNode({ slowness: 2, diesAt: 80 })];
    const cutShort = await fanOut(archive(), dying, options(memorySpool().open));
    expect(cutShort.delivered).toEqual([false, false]);
    expect(asked).toBeLessThan(20);
  });

  it('F6: whose source changes is ended for no node as if it were whole', async () => {
    const nodes = [
      new FakeNode({ slowness: 0 }),
      new FakeNode({ slowness: 3 }),
      new FakeNode({ slowness: 0, stallsAt: 20 }),
    ];
    const changed = new LockstepError('source-changed', 'changed');
    let count = 0;
    const archive = archiveOf(chunksOf(sizesOfMany), () => {
      if (++count === 50) throw changed;
    });
    const spool = memorySpool();
    await expect(fanOut(archive, nodes, options(spool.open))).rejects.toBe(changed);
    expect(nodes.map((node) => node.isEnded)).toEqual([false, false, false]);
    expect(spool.state).toMatchObject({ opened: 1, closed: 1 });
  });

  it('is given up at once when the run is, though nothing moves any more', async () => {
    const stop = new AbortController();
    const never = new Promise<void>(() => {});
    const nodes = [new FakeNode({ slowness: 0 }), new FakeNode({ slowness: 0, stallsAt: 0 })];
    const archive = archiveOf(chunksOf([16, 16]), async (chunk) => (chunk[0] === 16 ? never : undefined));
    const running = fanOut(archive, nodes, options(memorySpool().open, stop.signal));
    stop.abort(new LockstepError('interrupted', 'interrupted'));
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
    await expect(fanOut(archive, nodes, options(memorySpool().open, stop.signal))).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(nodes.map((node) => node.isEnded)).toEqual([false, false]);
  });

  it('closes a spool that opens only after the run was given up', async () => {
    const stop = new AbortController();
    const memory = memorySpool();
    const nodes = [new FakeNode({ slowness: 0 }), new FakeNode({ slowness: 0, stallsAt: 0 })];
    let opens: (spool: Promise<UnlinkedFile>) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      const spool: SpoolFactory = () => {
        resolve();
        return new Promise((open) => {
          opens = open;
        });
      };
      const running = fanOut(archiveOf(chunksOf(sizesOfMany)), nodes, options(spool, stop.signal));
      running.catch(() => {});
    });
    await asked;
    stop.abort(new LockstepError('interrupted', 'interrupted'));
    opens(memory.open());
    await expect.poll(() => memory.state).toMatchObject({ opened: 1, closed: 1 });
  });

  it('fails when the spool cannot be read back', async () => {
    const nodes = [new FakeNode({ slowness: 0 }), new FakeNode({ slowness: 20 })];
    const spool: UnlinkedFile = {
      write: async () => {},
      read: async () => Promise.reject(new Error('EIO')),
      close: async () => {},
    };
    const running = fanOut(
      archiveOf(chunksOf(sizesOfMany)),
      nodes,
      options(async () => spool),
    );
    await expect(running).rejects.toMatchObject({
      code: 'upload-failed',
      message: expect.stringContaining('EIO'),
    });
  });
});
