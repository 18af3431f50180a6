/** What a keeper says and when, told over a channel that does as it is told. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import type { HeldKeeper } from '../../../src/node/keeper/held-keeper.ts';
import { startKeeper } from '../../../src/node/keeper/start-keeper.ts';
import type { Channel, ChannelSinks, Connection } from '../../../src/ssh/transport.ts';
import { keeperSettings } from '../../keeper-settings.ts';

const SETTINGS = keeperSettings({}, { token: 'tok' });

class Node implements Connection {
  readonly node = { id: '[root@a:22]', user: 'root', host: 'a', port: 22, given: 'a' };
  readonly closed = new Promise<string>(() => {});
  end: (result: ChannelResult) => void = () => {};
  say: (...lines: string[]) => void = () => {};
  sayOnStderr: (...lines: string[]) => void = () => {};
  /** What it says before anybody can have been told of the channel. */
  atOnce: readonly string[] = [];

  opened = 0;

  async exec(_command: string, sinks: ChannelSinks): Promise<Channel> {
    this.opened++;
    const bytesOf = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));
    this.say = (...lines) => void sinks.onStdout(bytesOf(lines));
    this.sayOnStderr = (...lines) => void sinks.onStderr(bytesOf(lines));
    this.say(...this.atOnce);
    const result = new Promise<ChannelResult>((resolve) => {
      this.end = resolve;
    });
    return { write: async () => {}, end: () => {}, close: () => {}, result };
  }

  async close(): Promise<void> {}
}

let node: Node;
const start = () => startKeeper(node, SETTINGS, systemClock);
beforeEach(() => {
  node = new Node();
});

async function held(): Promise<HeldKeeper> {
  const start_ = await start();
  if (start_.kind !== 'acquired') throw new Error(`expected a keeper, not ${start_.kind}`);
  return start_.keeper;
}

describe('a keeper', () => {
  test('is handed out when it is complete: with its identity, and what it has found on its node', async () => {
    node.atOnce = ['tok LEFT\tr1\tbob\tthen\tbegun', 'tok ACQUIRED 7:8'];
    const { identity, unfinished, node: of } = await held();
    expect([identity, unfinished.map(({ run, state }) => [run, state]), of]).toEqual([
      '7:8',
      [['r1', 'begun']],
      node.node,
    ]);
  });

  test('that says more behind its ACQUIRED, in the same breath, is heard', async () => {
    node.atOnce = ['tok ACQUIRED 7:8', 'tok LEFT\trun\tann\tnow\told', 'tok REMAINS 5', 'tok RELEASED x'];
    const keeper = await held();
    expect(keeper.unfinished).toEqual([]);
    expect(keeper.lastWords).toMatchObject({ remains: [5], hasReleased: true });
    expect(keeper.lastWords.unfinished.map(({ state }) => state)).toEqual(['old']);
  });

  test.each<[said: readonly string[], refusal: object]>([
    [['tok LOCKED'], { kind: 'locked', holders: [] }],
    [['tok DRAINING\t4 5\tr2'], { kind: 'draining', pids: [4, 5], run: 'r2' }],
    [['tok ERROR no such path'], { kind: 'error', reason: 'no such path' }],
  ])('without its lock is none, but a refusal: %j', async (said, refusal) => {
    node.atOnce = ['a banner', ...said];
    expect(await start()).toEqual(refusal);
  });

  test('that ends before its first word has not started, and what stood around it is told', async () => {
    node.atOnce = ['a banner'];
    const asked = start();
    await Promise.resolve();
    node.end({ kind: 'code', code: 3 });
    expect(await asked).toEqual({ kind: 'unstarted', end: { kind: 'code', code: 3 }, said: 'a banner\n' });
  });

  test('tells of its end what was said since it had its lock, and of an other run at its end nothing', async () => {
    node.atOnce = ['a banner', 'tok ACQUIRED 7:8'];
    const keeper = await held();
    node.say('tok LEFT\tother\tbob\tthen\tnew', 'killed by an admin');
    node.end({ kind: 'code', code: 1 });
    expect(await keeper.gone).toBe('the keeper ended: killed by an admin');
    expect(keeper.lastWords).toEqual({ unfinished: [], remains: [], hasReleased: false });
  });

  test.each([
    ['a slow one, a beat before it is asked for a first answer', 12_000, [1, 2, 2]],
    ['any other only when it is asked', 1_000, [1, 1, 2]],
  ])('gets the channel that answers beside its command: %s', async (_title, loginMs, opened) => {
    let nowMs = 0;
    const asked = startKeeper(node, SETTINGS, { ...systemClock, monotonicMs: () => nowMs });
    await new Promise(setImmediate);
    nowMs = loginMs;
    node.say('tok ACQUIRED 7:8');
    const started = await asked;
    if (started.kind !== 'acquired') throw new Error('expected a keeper');
    const { keeper } = started;
    void keeper.go('true', DEAF);
    const seen = [node.opened];
    keeper.feed();
    seen.push(node.opened);
    keeper.beat(1);
    seen.push(node.opened);
    expect(seen).toEqual(opened);
  });

  test('hangs nothing more on its own end, however many commands it runs', async () => {
    node.atOnce = ['tok ACQUIRED 7:8'];
    const keeper = await held();
    const listens = vi.spyOn(keeper.gone, 'then');
    for (const code of [0, 1, 2]) {
      const running = keeper.go('a command', DEAF);
      node.say(`tok EXIT ${code} clean`);
      node.sayOnStderr('tok END');
      expect(await running).toEqual({ kind: 'code', code, isClean: true });
    }
    expect(listens).not.toHaveBeenCalled();
  });

  test.each(['runs', 'is asked for'])('that ends loses the command that %s then', async (when) => {
    node.atOnce = ['tok ACQUIRED 7:8'];
    const keeper = await held();
    const running = when === 'runs' ? keeper.go('a command', DEAF) : undefined;
    node.end({ kind: 'code', code: 1 });
    await keeper.gone;
    const lost = { kind: 'lost', reason: 'the keeper ended' };
    expect(await (running ?? keeper.go('a command', DEAF))).toEqual(lost);
    expect(keeper.isCommandRunning).toBe(false);
  });

  test('tells who watches it, and nobody before', async () => {
    node.atOnce = ['tok ACQUIRED 7:8', 'tok PONG 1'];
    const keeper = await held();
    const told: unknown[] = [];
    keeper.watch({ onPong: (beat) => told.push(beat), onMute() {}, onEnding: (cause) => told.push(cause) });
    node.say('tok PONG 2', 'tok ENDING signal');
    expect(told).toEqual([2, 'signal']);
  });
});

const DEAF: ChannelSinks = { onStdout: () => {}, onStderr: () => {} };
