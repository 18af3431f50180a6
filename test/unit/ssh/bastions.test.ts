import { describe, expect, it } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { Bastions, type Seat } from '../../../src/ssh/ssh2/bastions.ts';
import type { Bastion } from '../../../src/ssh/ssh2/jump-channel.ts';

const node = (host: string): Node => ({
  id: nodeId('me', host, 22),
  user: 'me',
  host,
  port: 22,
  given: host,
});
const [gate, inner] = [node('gate'), node('inner')];
const { signal } = new AbortController();
const FULL = LIMITS.nodesPerJumpConnection;

interface Site {
  readonly bastions: Bastions;
  /** Every connection that was asked for, by its way. */
  readonly ways: string[];
  readonly made: (Bastion & { isClosed: boolean; lose(reason: string): void })[];
  underWayMax: number;
  fail: LockstepError | undefined;
}

function site(): Site {
  let underWay = 0;
  const bastions = new Bastions(async (hops) => {
    here.ways.push(hops.map(({ host }) => host).join());
    underWay += 1;
    here.underWayMax = Math.max(here.underWayMax, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    if (here.fail !== undefined) throw here.fail;
    let lost: string | undefined;
    const made = {
      node: hops.at(-1) as Node,
      client: undefined as never,
      closed: new Promise<string>(() => {}),
      isClosed: false,
      lossReason: () => lost,
      lose: (reason: string) => {
        lost = reason;
      },
      close: async () => {
        made.isClosed = true;
        lost = 'closed';
      },
    };
    here.made.push(made);
    return made;
  });
  const here: Site = { bastions, ways: [], made: [], underWayMax: 0, fail: undefined };
  return here;
}

const seats = (here: Site, count: number, hops = [gate]): Promise<Seat[]> =>
  Promise.all(Array.from({ length: count }, () => here.bastions.seat(hops, signal)));

describe('connections to a jump host', () => {
  it('one serves as many nodes as it should, and they are set up one after the other', async () => {
    const here = site();
    await seats(here, FULL);
    expect(here.ways).toEqual(['gate']);
    await seats(here, 2 * FULL);
    expect(here.ways).toEqual(['gate', 'gate', 'gate']);
    expect(here.underWayMax).toBe(1);
  });

  it('are shared by those who come the same way alone', async () => {
    const here = site();
    await Promise.all([seats(here, 2), seats(here, 2, [gate, inner]), seats(here, 2, [inner])]);
    expect(here.ways.sort()).toEqual(['gate', 'gate,inner', 'inner']);
  });

  it('whoever leaves last closes it, and a place that was left is taken again', async () => {
    const here = site();
    const [first, ...others] = await seats(here, FULL);
    await first?.leave();
    await first?.leave();
    await seats(here, 1);
    expect(here.ways).toEqual(['gate']);
    for (const seat of others) await seat.leave();
    expect(here.made[0]?.isClosed).toBe(false);
  });

  it('closes when nobody is behind it, and one that comes later finds another', async () => {
    const here = site();
    const [seat] = await seats(here, 1);
    await seat?.leave();
    expect(here.made[0]?.isClosed).toBe(true);
    await seats(here, 1);
    expect(here.ways).toHaveLength(2);
  });

  it('one that was lost is used by nobody again', async () => {
    const here = site();
    await seats(here, 1);
    here.made[0]?.lose('it broke');
    await seats(here, 1);
    expect(here.ways).toHaveLength(2);
  });

  it('S17: a jump host that refuses is asked once, and is the reason for all behind it', async () => {
    const here = site();
    here.fail = new LockstepError('auth', 'cannot log in as me', { node: gate });
    for (const wanted of [seats(here, 2), seats(here, 2)])
      await expect(wanted).rejects.toMatchObject({
        code: 'auth',
        message: 'jump host [me@gate:22]: cannot log in as me',
        node: undefined,
      });
    expect(here.ways).toHaveLength(1);
  });

  it('one that takes no further connection carries all on those that it has', async () => {
    const here = site();
    await seats(here, FULL);
    here.fail = new LockstepError('unreachable', 'no', { node: gate });
    await seats(here, FULL);
    expect(here.ways).toHaveLength(2);
  });
});
