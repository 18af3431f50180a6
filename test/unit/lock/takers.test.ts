/** Runs that take the locks of the same nodes at once: nodes and links in memory, as slow as chance has it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { acquireAll } from '../../../src/lock/acquire.ts';
import type { HeldKeeper } from '../../../src/node/keeper/held-keeper.ts';
import type { Channel, ChannelSinks, Connection } from '../../../src/ssh/transport.ts';
import { keeperSettings } from '../../keeper-settings.ts';

interface Door {
  holder: { readonly run: string; isTaking: boolean } | undefined;
}

/** A run's way to a node: what it says arrives in order, each word after `delayMs()`. */
function connect(
  host: string,
  door: Door,
  { run, delayMs }: { run: string; delayMs: () => number },
): Connection {
  const node = { id: `[root@${host}:22]`, user: 'root', host, port: 22, given: host };
  const exec = async (_command: string, sinks: ChannelSinks): Promise<Channel> => {
    let end = (_result: ChannelResult) => {};
    const result = new Promise<ChannelResult>((resolve) => {
      end = resolve;
    });
    const say = (...lines: string[]) =>
      void sinks.onStdout(Buffer.from(lines.map((line) => `token ${line}\n`).join('')));
    let hasStarted = false;
    const hear = (text: string) => {
      if (!hasStarted) {
        hasStarted = true;
        const { holder } = door;
        const seen = `HOLDER\t7${holder?.isTaking ? ' taking' : ''}\tbob@ctl\t${holder?.run}\tnow\t/\t\t-L\t0\tx`;
        if (holder !== undefined) return say(seen, 'LOCKED');
        door.holder = { run, isTaking: true };
        return say('ACQUIRED 7:7');
      }
      if (text === 'HOLD\n' && door.holder?.run === run) door.holder.isTaking = false;
      if (text === 'BACK\n') {
        door.holder = undefined;
        say('RELEASED BACK');
        end({ kind: 'code', code: 0 });
      }
    };
    let last: Promise<void> = Promise.resolve();
    const write = async (chunk: Uint8Array | string) => {
      last = last.then(() => new Promise((resolve) => setTimeout(resolve, delayMs())));
      last = last.then(() => hear(chunk.toString()));
    };
    return { write, end: () => {}, close: () => {}, result };
  };
  return { node, closed: new Promise(() => {}), exec, close: async () => {} };
}

/** Resolves to the hosts that the run has, or to the error. */
async function take(run: string, connections: readonly Connection[], random: () => number) {
  const giveBack = async (keeper: HeldKeeper) => {
    keeper.giveBack();
    await keeper.gone;
  };
  return acquireAll(connections, {
    settings: keeperSettings({ run }),
    clock: systemClock,
    random: () => random() / 20,
    isRefusalTolerated: false,
    leases: { add: () => {}, remove: () => {} },
    onAsked: () => {},
    onAcquired: () => {},
    onRefused: () => {},
    release: async (keepers) => void (await Promise.all(keepers.map(giveBack))),
    signal: new AbortController().signal,
  }).then(
    (keepers) => keepers.map(({ node }) => node.host),
    (error: LockstepError) => error,
  );
}

describe('runs that take their locks at once', () => {
  const HOSTS = ['a', 'b', 'c', 'd'];

  async function race(sets: readonly (readonly string[])[], seed: number) {
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    const doors = new Map(HOSTS.map((host): [string, Door] => [host, { holder: undefined }]));
    const results = await Promise.all(
      sets.map((hosts, at) => {
        const way = { run: `run${at}`, delayMs: () => random() * 4 };
        return take(
          way.run,
          hosts.map((host) => connect(host, doors.get(host) as Door, way)),
          random,
        );
      }),
    );
    return { results, doors };
  }

  test('L12: of two runs on the same nodes exactly one wins, has them all, and nothing of the other is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 4 }),
        async (seed, nodes) => {
          const hosts = HOSTS.slice(0, nodes);
          const { results, doors } = await race([hosts, [...hosts].reverse()], seed);
          const winner = results.findIndex((result) => !(result instanceof LockstepError));
          expect(results.filter((result) => result instanceof LockstepError)).toHaveLength(1);
          expect(results[1 - winner]).toMatchObject({ code: 'locked' });
          for (const host of hosts) expect(doors.get(host)?.holder).toMatchObject({ run: `run${winner}` });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('L12: of runs on any sets of nodes at least one wins, none waits in a circle, and a refusal names a run that has its locks', async () => {
    const set = fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e9 }),
        fc.array(set, { minLength: 2, maxLength: 4 }),
        async (seed, sets) => {
          const { results, doors } = await race(sets, seed);
          const winners = results.flatMap((result, at) =>
            result instanceof LockstepError ? [] : [`run${at}`],
          );
          expect(winners.length).toBeGreaterThan(0);
          for (const { holder } of doors.values())
            if (holder !== undefined) expect(winners).toContain(holder.run);
          for (const result of results) {
            if (!(result instanceof LockstepError)) continue;
            const text = result.causes.map((cause) => (cause as Error).message).join(' ');
            expect(
              winners.some((winner) => text.includes(`(run ${winner}:`)),
              text,
            ).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
