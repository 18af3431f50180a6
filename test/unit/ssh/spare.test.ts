import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { SparedConnection } from '../../../src/ssh/spare.ts';
import type { Channel, Connection } from '../../../src/ssh/transport.ts';
import { nodeAt } from '../run/fixtures.ts';

const SINKS = { onStdout: () => {}, onStderr: () => {} };
const NODE = nodeAt('a');
const PAUSES_MS = [1, 1, 1, 1];

/** A connection whose server has so many channels, and refuses more for this reason. */
function connection(channelsMax: number, reason = 2) {
  const state = { ran: [] as string[], isClosed: false, breaks: (_reason: string) => {} };
  const closed = new Promise<string>((resolve) => {
    state.breaks = resolve;
  });
  let freed = 0;
  const exec = async (command: string): Promise<Channel> => {
    const causes = [Object.assign(new Error(), { reason })];
    if (state.ran.length - freed >= channelsMax)
      throw new LockstepError('channel', 'refused', { node: NODE, causes });
    state.ran.push(command);
    return {} as Channel;
  };
  const close = async () => {
    state.isClosed = true;
  };
  const free = () => {
    freed++;
  };
  return { ...state, state, free, connection: { node: NODE, closed, exec, close } satisfies Connection };
}

/** What `connect` gives, one after the other. */
function spared(first: Connection, ...spares: (Connection | LockstepError)[]) {
  const seen = { asked: 0 };
  const connect = async () => {
    seen.asked++;
    const next = spares.shift();
    if (next === undefined || next instanceof LockstepError) throw next ?? new Error('asked too often');
    return next;
  };
  return { seen, both: new SparedConnection(first, connect, PAUSES_MS) };
}

describe('a second connection', () => {
  test('is opened when the server has no channel left, once for all that come', async () => {
    const [first, second] = [connection(1), connection(9)];
    const { both, seen } = spared(first.connection, second.connection);
    await both.exec('a', SINKS);
    expect(seen.asked).toBe(0);
    await Promise.all(['b', 'c', 'd'].map((command) => both.exec(command, SINKS)));
    expect([first.state.ran, second.state.ran, seen.asked]).toEqual([['a'], ['b', 'c', 'd'], 1]);
    await both.close();
    expect([first.state.isClosed, second.state.isClosed]).toEqual([true, true]);
  });

  test('that has no channel left either is asked again in a moment, and so is the first one', async () => {
    for (const [freed, ran] of [
      ['first', [['a', 'c'], ['b']]],
      ['second', [['a'], ['b', 'c']]],
    ] as const) {
      const [first, second] = [connection(1), connection(1)];
      const { both } = spared(first.connection, second.connection);
      await both.exec('a', SINKS);
      await both.exec('b', SINKS);
      const late = both.exec('c', SINKS);
      // Both have refused by then.
      await new Promise(setImmediate);
      (freed === 'first' ? first : second).free();
      await late;
      expect([first.state.ran, second.state.ran]).toEqual(ran);
      await expect(both.exec('d', SINKS)).rejects.toMatchObject({ code: 'channel' });
    }
  });

  test('is not opened for what it would not mend', async () => {
    const { both, seen } = spared(connection(0, 1).connection);
    await expect(both.exec('a', SINKS)).rejects.toMatchObject({ code: 'channel', message: 'refused' });
    expect(seen.asked).toBe(0);
  });

  test('that fails is told beside the refusal, and tried anew by the next one', async () => {
    const second = connection(9);
    const failure = new LockstepError('unreachable', 'connection refused', { node: NODE });
    const { both } = spared(connection(0).connection, failure, second.connection);
    await expect(both.exec('a', SINKS)).rejects.toMatchObject({
      code: 'channel',
      message: 'refused; and a second connection failed: connection refused',
    });
    await both.exec('b', SINKS);
    expect(second.state.ran).toEqual(['b']);
  });

  test('that breaks is opened anew, and no third one where it is full', async () => {
    const [second, third] = [connection(1), connection(1)];
    const { both, seen } = spared(connection(0).connection, second.connection, third.connection);
    await both.exec('a', SINKS);
    await expect(both.exec('b', SINKS)).rejects.toMatchObject({ code: 'channel' });
    expect(seen.asked).toBe(1);
    second.state.breaks('gone');
    await new Promise(setImmediate);
    await both.exec('c', SINKS);
    expect(third.state.ran).toEqual(['c']);
  });

  test('that is being opened when all is closed is called off, and closed', async () => {
    const { both, seen } = spared(connection(0).connection);
    await both.close();
    await expect(both.exec('a', SINKS)).rejects.toMatchObject({ message: 'refused' });
    expect(seen.asked).toBe(0);
  });
});
