/** The locks of a fleet, with runs that hold them as the test says. */
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Locks } from '../../../src/jobs/remote/locks.ts';
import { locksOf, site } from './held-locks.ts';
import { quiet } from './rehearsal.ts';

describe('a fleet does not lock itself out', () => {
  test('of a host whose lock it is giving back: it waits until that is gone', async () => {
    const { told, held, take } = locksOf();
    const first = await take('web1', 'web2');
    held.get('web1 web2')?.open();
    const grounds = await first.taking;
    const left = grounds.close(undefined);
    await quiet();
    const next = await take('web2');
    const other = await take('web3');
    expect(told).toEqual(['+web1 web2', 'release web1 web2', '+web3']);
    held.get('web1 web2')?.gone();
    await left;
    await quiet();
    held.get('web2')?.open();
    held.get('web3')?.open();
    await Promise.all([next.taking, other.taking]);
    expect(told).toEqual(['+web1 web2', 'release web1 web2', '+web3', '-web1 web2', '+web2']);
  });

  test('of hosts that are locked already, in part, or by another name: these are shared, and what is missing is taken', async () => {
    const { told, held, take } = locksOf();
    const first = await take('web1', 'root@web2');
    held.get('web1 root@web2')?.open();
    const second = await take('root@WEB1', 'web2', 'web3');
    held.get('web3')?.open();
    const grounds = await second.taking;
    expect(told).toEqual(['+web1 root@web2', '+web3']);
    expect(grounds.of(site('root@WEB1')).node?.host).toBe('web1');
    const [one, two] = [(await first.taking).close(undefined), grounds.close(undefined)];
    await quiet();
    expect(told.slice(2)).toEqual(['release web1 root@web2', 'release web3'].sort());
    for (const { gone } of [...held.values()]) gone();
    await Promise.all([one, two]);
  });

  test('with keepsLock: a host that comes later is taken beside the others, and kept, too', async () => {
    const kept = [site('web1'), site('web2')];
    const { told, held, take, locks } = locksOf({ keep: kept });
    const first = await take('web1');
    held.get('web1 web2')?.open();
    await (await first.taking).close(undefined);
    kept.push(site('web3'), site('web4'));
    const second = await take('web2', 'web3');
    held.get('web3')?.open();
    await (await second.taking).close(undefined);
    await (await (await take('web1', 'web3')).taking).close(undefined);
    expect(told).toEqual(['+web1 web2', '+web3']);
    const closed = locks.close();
    await quiet();
    for (const { gone } of [...held.values()]) gone();
    await closed;
    expect(told.slice(2).sort()).toEqual(['-web1 web2', '-web3', 'release web1 web2', 'release web3']);
  });

  test('of a host whose lock was lost, and whose run is not at its end', async () => {
    const { told, held, take } = locksOf();
    const first = await take('web1');
    held.get('web1')?.open();
    const grounds = await first.taking;
    held.get('web1')?.lose();
    expect(grounds.signal?.reason).toMatchObject({ code: 'lock-lost' });
    const next = await take('web1');
    expect(told).toEqual(['+web1']);
    const closed = grounds.close(undefined);
    closed.catch(() => {});
    await quiet();
    held.get('web1')?.gone();
    await expect(closed).rejects.toMatchObject({ code: 'lock-lost' });
    await quiet();
    held.get('web1')?.open();
    await next.taking;
    expect(told).toEqual(['+web1', 'release web1', '-web1', '+web1']);
  });
});

describe('an abort while a lock is waited for', () => {
  const aborted = async (locks: Locks, hosts: readonly string[]) => {
    const ender = new AbortController();
    const taking = locks.open(hosts.map(site), { signal: ender.signal });
    taking.catch(() => {});
    await quiet();
    ender.abort(new LockstepError('interrupted', 'enough'));
    await expect(taking).rejects.toMatchObject({ message: 'enough' });
    await quiet();
  };

  test.each([false, true])('calls the wait off, and nothing is held; with keepsLock %s', async (isKept) => {
    const { told, locks } = locksOf(isKept ? { keep: [site('web1')] } : {});
    await aborted(locks, ['web1']);
    expect(told).toEqual(['+web1', '-web1']);
    await locks.close();
  });

  test('leaves it to others who wait for the same', async () => {
    const { told, held, locks, take } = locksOf();
    const other = await take('web1');
    await aborted(locks, ['web1']);
    held.get('web1')?.open();
    await other.taking;
    expect(told).toEqual(['+web1']);
  });

  test('ends the wait for a lock that is being given back, too, and a closed fleet takes none', async () => {
    const { told, held, locks, take } = locksOf();
    const first = await take('web1');
    held.get('web1')?.open();
    const left = (await first.taking).close(undefined);
    await quiet();
    await aborted(locks, ['web1']);
    const late = await take('web1');
    const closed = locks.close();
    held.get('web1')?.gone();
    await Promise.all([left, closed]);
    await expect(late.taking).rejects.toMatchObject({ code: 'usage', message: 'the fleet is closed' });
    expect(told.filter((word) => word.startsWith('+'))).toEqual(['+web1']);
  });

  test('a lock that cannot be had rejects, and lets go of those that were shared', async () => {
    const { told, held, take } = locksOf();
    const first = await take('web1');
    const second = await take('web1', 'web2');
    held.get('web1')?.open();
    held.get('web2')?.refuse();
    await expect(second.taking).rejects.toMatchObject({ code: 'locked' });
    const left = (await first.taking).close(undefined);
    await quiet();
    held.get('web1')?.gone();
    await left;
    expect(told).toEqual(['+web1', '+web2', '-web2', 'release web1', '-web1']);
  });
});
