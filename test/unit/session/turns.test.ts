// @module-tag slow: left out of npm run test:quick

import { setMaxListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { Seats } from '../../../src/session/seats.ts';
import { Turns } from '../../../src/session/turns.ts';
import type { Channel, Connection } from '../../../src/ssh/transport.ts';

const SINKS = { onStdout: () => {}, onStderr: () => {} };
const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);
/** Asks again soon. */
const clock: Clock = { ...systemClock, after: (_delayMs, callback) => systemClock.after(2, callback) };
const tick = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that has so many channels, and may count each a little longer than its client does. */
function server(channelsMax: number, lagMs = 0) {
  const state = { open: 0, opened: [] as string[] };
  const exec = async (command: string): Promise<Channel> => {
    await tick();
    if (state.open >= channelsMax)
      throw new LockstepError('channel', 'refused', { causes: [Object.assign(new Error(), { reason: 2 })] });
    state.open++;
    state.opened.push(command);
    let settle: (result: ChannelResult) => void = () => {};
    const result = new Promise<ChannelResult>((resolve) => {
      settle = resolve;
    });
    const end = () => {
      settle({ kind: 'code', code: 0 });
      if (lagMs === 0) state.open--;
      else setTimeout(() => state.open--, lagMs);
    };
    return { write: async () => {}, end, close: end, result };
  };
  const node = { id: '[root@a:22]' } as Connection['node'];
  const connection: Connection = { node, closed: new Promise(() => {}), exec, close: async () => {} };
  return { state, connection };
}

const turnsOf = (connection: Connection, onScarce = () => {}) => new Turns(connection, { clock, onScarce });
const wish = (owner: object = {}, signal = NEVER) => ({ owner, signal });

describe('the channels of a connection', () => {
  test.each([1, 2, 9, 50])(
    'of which there are %i are waited for in order, and none is refused',
    async (count) => {
      const { state, connection } = server(count);
      const turns = turnsOf(connection);
      const names = Array.from({ length: 30 }, (_, number) => `${number}`);
      await Promise.all(
        names.map(async (name) => {
          const channel = await turns.exec(name, SINKS, wish());
          await tick(1);
          channel.end();
        }),
      );
      expect(state.opened).toEqual(names);
    },
  );

  test('a server that has none at all says so, and nobody waits for ever', async () => {
    const { connection } = server(0);
    const turns = turnsOf(connection);
    const ended = await Promise.allSettled([1, 2, 3].map(() => turns.exec('x', SINKS, wish())));
    expect(ended.map((each) => each.status === 'rejected' && each.reason.message)).toEqual(
      Array(3).fill('refused'),
    );
  });

  test('no work is left where each channel was refused, or has said of its work that it ended', async () => {
    const { connection } = server(1);
    const turns = turnsOf(connection);
    expect(turns.hasNoWork).toBe(true);
    const call = turns.connectionFor({});
    const channel = await call.exec('x', SINKS);
    expect(turns.hasNoWork).toBe(false);
    await expect(call.exec('y', SINKS)).rejects.toThrow('refused');
    channel.end();
    await channel.result;
    expect(turns.hasNoWork).toBe(false);
    turns.hasEnded();
    expect(turns.hasNoWork).toBe(true);
  });

  test('a call that holds one comes first, and one that holds all is refused', async () => {
    const { connection } = server(2);
    const turns = turnsOf(connection);
    const [one, other] = [{}, {}];
    const keeper = await turns.exec('keeper', SINKS, wish(one));
    const step = await turns.exec('step', SINKS, wish(other));
    const stranger = turns.exec('stranger', SINKS, wish());
    const worker = turns.exec('worker', SINKS, wish(one));
    await tick(10);
    step.end();
    const got = await worker;
    await expect(turns.exec('second worker', SINKS, wish(one))).rejects.toThrow('refused');
    keeper.end();
    (await stranger).end();
    got.end();
  });

  test('who is interrupted waits no more, and the others go on', async () => {
    const { connection } = server(1);
    const turns = turnsOf(connection);
    const first = await turns.exec('first', SINKS, wish());
    const interrupt = new AbortController();
    const second = turns.exec('second', SINKS, wish({}, interrupt.signal));
    const third = turns.exec('third', SINKS, wish());
    await tick(5);
    interrupt.abort(new Error('interrupted'));
    await expect(second).rejects.toThrow('interrupted');
    first.end();
    (await third).end();
    expect(turns.isAwaited).toBe(false);
  });

  test('what is offered goes to the next one if it is what he wants, and idle ones are asked for', async () => {
    const { connection } = server(1);
    let scarce = 0;
    const turns = turnsOf(connection, () => scarce++);
    const first = await turns.exec('first', SINKS, wish());
    const ticket = turns.ticket(wish(), 'a');
    ticket.refused(
      await turns
        .connectionFor({})
        .exec('x', SINKS)
        .catch((thrown: unknown) => thrown),
    );
    const turn = ticket.turn();
    expect(scarce).toBe(1);
    expect(turns.offer('b', 'wrong')).toBe(false);
    expect(turns.offer('a', 'right')).toBe(true);
    expect(await turn).toBe('right');
    first.end();
  });
});

/** Numbers from 0 to `below`, the same for a seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('calls that hold one channel and want another', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'all come to their end, whatever they want where (seed %i)',
    async (seed) => {
      const roll = dice(seed);
      const servers = [0, 1, 2].map(() => server(2 + roll(8), roll(3)));
      const turns = servers.map(({ connection }) => turnsOf(connection));
      const seats = new Seats(turns);
      const call = async () => {
        const owner = {};
        const places = turns.filter(() => roll(3) > 0);
        const isStep = roll(3) === 0;
        await tick(roll(20));
        const leave = isStep ? () => {} : await seats.take(NEVER);
        const keepers = await Promise.all(
          places.map(async (each) => {
            const keeper = await each.exec('keeper', SINKS, wish(owner));
            await tick(roll(4));
            if (isStep) keeper.end();
            return keeper;
          }),
        );
        if (isStep) return;
        for (let rounds = roll(3); rounds > 0; rounds--) {
          // An upload sends nothing before all its receivers are there.
          const isUpload = roll(2) === 0;
          const workers = places.map(async (each) => {
            const worker = await each.exec('worker', SINKS, wish(owner));
            if (isUpload) return worker;
            await tick(roll(4));
            worker.end();
            return worker;
          });
          for (const worker of await Promise.all(workers)) {
            await tick(roll(4));
            if (isUpload) worker.end();
          }
        }
        for (const keeper of keepers) keeper.end();
        leave();
      };
      await Promise.all(Array.from({ length: 25 }, call));
      await tick(5);
      expect(servers.map(({ state }) => state.open)).toEqual([0, 0, 0]);
    },
  );

  test('who is alone is never asked to prove anything, and who comes beside is let in when there is room', async () => {
    const { state, connection } = server(4);
    const turns = turnsOf(connection);
    const seats = new Seats([turns]);
    const first = await seats.take(NEVER);
    expect(state.opened).toEqual([]);
    const second = await seats.take(NEVER);
    let isThirdIn = false;
    const third = seats.take(NEVER).then((leave) => {
      isThirdIn = true;
      return leave;
    });
    await tick(20);
    expect(isThirdIn).toBe(false);
    second();
    (await third)();
    first();
    await tick(5);
    expect(state.open).toBe(0);
  });

  test('who is interrupted leaves the queue', async () => {
    const seats = new Seats([turnsOf(server(1).connection)]);
    const first = await seats.take(NEVER);
    const interrupt = new AbortController();
    const second = seats.take(interrupt.signal);
    const third = seats.take(NEVER);
    await tick(10);
    interrupt.abort(new Error('interrupted'));
    await expect(second).rejects.toThrow('interrupted');
    first();
    (await third)();
  });
});
