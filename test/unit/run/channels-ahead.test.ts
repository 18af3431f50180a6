/** Channels that are opened before it is known what they are for. */
import { expect, test } from 'vitest';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { ChannelsAhead } from '../../../src/run/channels-ahead.ts';
import type { Channel, Connection } from '../../../src/ssh/transport.ts';
import { nodeAt } from './fixtures.ts';

const SETTINGS = { token: '0123456789abcdef', become: undefined };

/** Connections that count what is opened and closed on them. */
function connectionTo(name: string) {
  const counts = { opened: 0, closed: 0 };
  const exec = async () => {
    counts.opened += 1;
    const channel: Partial<Channel> = {
      result: new Promise<ChannelResult>(() => {}),
      close: () => {
        counts.closed += 1;
      },
    };
    return channel as Channel;
  };
  return { connection: { node: nodeAt(name), exec } as unknown as Connection, counts };
}

const settled = () => new Promise(setImmediate);

test('each node has so many as its keeper is seated, and each is taken once', async () => {
  const ahead = new ChannelsAhead(SETTINGS);
  const [one, other] = [connectionTo('a'), connectionTo('b')];
  const { onSeated } = ahead.besideKeepers(2);
  onSeated(one.connection);
  onSeated(other.connection);
  const taken = [1, 2, 3].map(() => ahead.take(one.connection.node));
  expect(new Set(taken).size).toBe(3);
  expect(taken[2]).toBeUndefined();
  ahead.provide([one.connection, other.connection]);
  expect([one.counts.opened, other.counts.opened]).toEqual([3, 2]);
  ahead.close();
  await settled();
  expect([one.counts.closed, other.counts.closed]).toEqual([1, 2]);
});

test('while others have the lock none stays open, and none is opened for a keeper that is seated late', async () => {
  const ahead = new ChannelsAhead(SETTINGS);
  const [soon, late] = [connectionTo('a'), connectionTo('b')];
  const { onSeated, onWaiting } = ahead.besideKeepers(1);
  onSeated(soon.connection);
  onWaiting();
  onSeated(late.connection);
  await settled();
  expect([soon.counts, late.counts]).toEqual([
    { opened: 1, closed: 1 },
    { opened: 0, closed: 0 },
  ]);
  expect(ahead.take(soon.connection.node)).toBeUndefined();
});

test('those of nodes that need none are closed, and the others stay', async () => {
  const ahead = new ChannelsAhead(SETTINGS);
  const [one, other] = [connectionTo('a'), connectionTo('b')];
  ahead.provide([one.connection, other.connection]);
  ahead.close([one.connection.node]);
  await settled();
  expect([one.counts.closed, other.counts.closed]).toEqual([1, 0]);
  expect(ahead.take(one.connection.node)).toBeUndefined();
  expect(ahead.take(other.connection.node)).toBeDefined();
});

test('where sudo wants a password no node is asked for it before the first one has taken it', () => {
  const become = { user: 'root', passwordOn: () => undefined };
  const { connection, counts } = connectionTo('a');
  new ChannelsAhead({ ...SETTINGS, become }).besideKeepers(2).onSeated(connection);
  expect(counts.opened).toBe(0);
});

test('a call of a session opens none: the server’s channels are for all calls', () => {
  const { connection, counts } = connectionTo('a');
  const ahead = new ChannelsAhead(undefined);
  ahead.besideKeepers(2).onSeated(connection);
  ahead.provide([connection]);
  expect(counts.opened).toBe(0);
  expect(ahead.take(connection.node)).toBeUndefined();
});
