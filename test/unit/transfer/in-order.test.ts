import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coalesce } from '../../../src/transfer/coalesce.ts';
import { inOrder } from '../../../src/transfer/in-order.ts';

async function toArray<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('work in order', () => {
  it('yields the results in the order of the items, with no more than so many at once', async () => {
    const items = fc.array(fc.nat(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        items,
        fc.integer({ min: 1, max: 5 }),
        async (schedule, all, atOnce) => {
          let running = 0;
          let most = 0;
          const work = async (item: number) => {
            most = Math.max(most, ++running);
            await schedule.schedule(Promise.resolve());
            running--;
            return -item;
          };
          const results = await schedule.waitFor(toArray(inOrder(all, atOnce, work)));
          expect(results).toEqual(all.map((item) => -item));
          expect(most).toBe(Math.min(atOnce, all.length));
        },
      ),
    );
  });

  it('fails with the first failure in order, after what was under way has ended', async () => {
    let ended = 0;
    const work = async (item: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      ended++;
      if (item > 0) throw new Error(`item ${item}`);
      return item;
    };
    await expect(toArray(inOrder([0, 1, 2, 3, 4, 5], 3, work))).rejects.toThrow('item 1');
    expect(ended).toBe(4);
  });
});

describe('small pieces', () => {
  it('become few chunks, none too large, without a byte lost or changed later', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(pieces, async (given) => {
        async function* source() {
          for (const piece of given) yield Buffer.from(piece);
        }
        const chunks = await toArray(coalesce(source(), 64));
        const whole = Buffer.concat(given);
        expect(Buffer.concat(chunks).equals(whole)).toBe(true);
        for (const chunk of chunks) expect(chunk.length > 0 && chunk.length <= 64).toBe(true);
        const largePieces = given.filter((piece) => piece.length >= 16).length;
        expect(chunks.length).toBeLessThanOrEqual(2 * largePieces + Math.ceil(whole.length / 48) + 1);
      }),
    );
  });
});
