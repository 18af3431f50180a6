/** Locks of a fleet that are lost. */
import { describe, expect, test } from 'vitest';
import { locksOf, site } from './held-locks.ts';
import { quiet } from './rehearsal.ts';

describe('L9: a lock that is lost', () => {
  test.each(['between two schedules', 'during one'])(
    'L9: %s, with keepsLock, is not taken again: what comes later is refused, and so is close',
    async (when) => {
      const { told, held, locks, take } = locksOf({ keep: [site('web1'), site('web2')] });
      const first = await take('web1');
      held.get('web1 web2')?.open();
      const grounds = await first.taking;
      if (when === 'during one') held.get('web1 web2')?.lose();
      const left = grounds.close(undefined);
      left.catch(() => {});
      await quiet();
      if (when !== 'during one') held.get('web1 web2')?.lose();
      const next = await take('web2', 'web3');
      held.get('web1 web2')?.gone();
      await expect(next.taking).rejects.toMatchObject({ code: 'lock-lost' });
      await expect(locks.close()).rejects.toMatchObject({ code: 'lock-lost' });
      expect(told.filter((word) => word.startsWith('+'))).toEqual(['+web1 web2']);
    },
  );

  test('L9: as soon as it was taken is shared with nobody who comes later', async () => {
    const { told, held, take } = locksOf();
    const first = await take('web1');
    held.get('web1')?.lose();
    held.get('web1')?.open();
    const grounds = await first.taking;
    expect(grounds.signal?.aborted).toBe(true);
    const next = await take('web1');
    const left = grounds.close(undefined);
    left.catch(() => {});
    held.get('web1')?.gone();
    await quiet();
    held.get('web1')?.open();
    expect((await next.taking).signal?.aborted).toBe(false);
    expect(told.filter((word) => word.startsWith('+'))).toEqual(['+web1', '+web1']);
  });
});
