import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { RunLeases } from '../../../src/lock/run-leases.ts';
import { type HoldOptions, type ReleaseWay, releaseAll, whileHeld } from '../../../src/lock/while-held.ts';
import type { HeldKeeper } from '../../../src/node/keeper/held-keeper.ts';
import { startKeeper } from '../../../src/node/keeper/start-keeper.ts';
import type { Channel, ChannelSinks, Connection } from '../../../src/ssh/transport.ts';
import { keeperSettings } from '../../keeper-settings.ts';

const SETTINGS = keeperSettings({ kind: 'none' });

/** How keepers are held whose leases are watched over. */
function holdOf(keepers: readonly HeldKeeper[], interrupt = new AbortController().signal): HoldOptions {
  const timing = {
    heartbeatMs: 10_000,
    answerMs: 10_000,
    leaseMs: 30_000,
    slackMs: 2_000,
    clockJumpMs: 5_000,
  };
  const core = { clock: systemClock, interrupt };
  const leases = new RunLeases({ ...core, timing, onNodeLost: () => {} });
  for (const keeper of keepers) leases.add(keeper);
  return { ...core, leases };
}

/** A node on which the keeper starts and says nothing more, until it ends. */
class SilentNode implements Connection {
  readonly node = { id: '[root@a:22]', user: 'root', host: 'a', port: 22, given: 'a' };
  readonly closed = new Promise<string>(() => {});
  isClosed = false;
  endKeeper: (result: ChannelResult) => void = () => {};
  say: (line: string) => void = () => {};

  async exec(_command: string, sinks: ChannelSinks): Promise<Channel> {
    const result = new Promise<ChannelResult>((resolve) => {
      this.endKeeper = resolve;
    });
    this.say = (line) => void sinks.onStdout(Buffer.from(`${line}\n`));
    queueMicrotask(() => void sinks.onStdout(Buffer.from('token ACQUIRED 7:7\n')));
    return { write: async () => {}, end: () => {}, close: () => {}, result };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

async function acquire(node: SilentNode): Promise<HeldKeeper> {
  const start = await startKeeper(node, SETTINGS, systemClock);
  if (start.kind !== 'acquired') throw new Error('the keeper was expected to start');
  return start.keeper;
}

test('a node without a lock is given up when its keeper is lost: what still waits for it must end', async () => {
  const node = new SilentNode();
  const keeper = await acquire(node);
  await whileHeld([keeper], holdOf([keeper]), async () => {
    node.endKeeper({ kind: 'code', code: 0 });
    await keeper.gone;
  });
  expect(node.isClosed).toBe(true);
});

test('of a lock that is lost the hint tells when the node frees it: it may hold it for all of its lease', async () => {
  const node = new SilentNode();
  const start = await startKeeper(node, keeperSettings({}, { leaseMs: 15_000 }), systemClock);
  if (start.kind !== 'acquired') throw new Error('the keeper was expected to start');
  const { keeper } = start;
  const { leases } = holdOf([keeper]);
  const lost = new Promise((resolve) => leases.signal.addEventListener('abort', resolve));
  node.endKeeper({ kind: 'lost', reason: 'the connection broke' });
  await lost;
  leases.stop();
  expect(leases.signal.reason).toMatchObject({
    code: 'lock-lost',
    hint: 'the node frees its lock by itself when it has heard nothing for 15 s, and has ended what runs there',
  });
});

test('a command that is asked of a keeper which is gone already is lost, and not waited for', async () => {
  const node = new SilentNode();
  const keeper = await acquire(node);
  node.endKeeper({ kind: 'lost', reason: 'the connection broke' });
  await keeper.gone;
  const result = await keeper.go('true', { onStdout: () => {}, onStderr: () => {} });
  expect(result).toEqual({ kind: 'lost', reason: 'the connection broke' });
});

test('a keeper that goes without its last word is told as stuck, and one that has said it is not', async () => {
  const nodes = [new SilentNode(), new SilentNode()] as const;
  const keepers = [await acquire(nodes[0]), await acquire(nodes[1])];
  const stuck: HeldKeeper[] = [];
  const interrupt = AbortSignal.abort(new Error('ended'));
  const held = whileHeld(
    keepers,
    { ...holdOf(keepers, interrupt), onStuck: (keeper) => stuck.push(keeper) },
    async () => {},
  );
  nodes[0].endKeeper({ kind: 'lost', reason: 'the connection broke' });
  nodes[1].say('token RELEASED STOP');
  nodes[1].endKeeper({ kind: 'code', code: 0 });
  await expect(held).rejects.toThrow('ended');
  expect(stuck).toEqual([keepers[0]]);
});

test.each(['unused', 'whole', 'broken'] as const)(
  'when keepers are gone no timer waits for them: %s',
  async (kind) => {
    const node = new SilentNode();
    const keeper = await acquire(node);
    let pending = 0;
    const clock: Clock = {
      ...systemClock,
      after(delayMs, callback) {
        const cancel = systemClock.after(delayMs, callback);
        pending += 1;
        let isCancelled = false;
        return () => {
          if (!isCancelled) pending -= 1;
          isCancelled = true;
          cancel();
        };
      },
    };
    const interrupt = AbortSignal.abort(new Error('ended'));
    const ways: Record<typeof kind, ReleaseWay> = {
      unused: { kind: 'unused' },
      whole: { kind: 'whole', isMadeKept: () => true, interrupt },
      broken: { kind: 'broken', lost: new Set(), isCommitBegun: false },
    };
    const released = releaseAll([keeper], ways[kind], { clock });
    // The grace has begun by then.
    await new Promise((resolve) => setImmediate(resolve));
    node.say(`token RELEASED${kind === 'whole' ? '' : ' STOP'}`);
    node.endKeeper({ kind: 'code', code: 0 });
    await released;
    await new Promise((resolve) => setImmediate(resolve));
    expect(pending).toBe(0);
  },
);
