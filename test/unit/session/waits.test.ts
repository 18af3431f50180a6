/** A call whose commands wait for channels that other calls have is told so. */
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Waits } from '../../../src/session/messages.ts';
import { WaitTeller } from '../../../src/session/waits.ts';

interface Wanted {
  node: number;
  link: unknown;
}

/** A teller whose time passes by `pass`. */
function teller(channels: Wanted[], awaited: readonly number[] | ((node: number) => readonly number[])) {
  let due: (() => void) | undefined;
  const told: Waits[] = [];
  const clock = {
    after: (afterMs: number, callback: () => void) => {
      expect(afterMs).toBe(LIMITS.channelWaitMs);
      due = callback;
      return () => {
        due = undefined;
      };
    },
  } as unknown as Clock;
  const other = (call: string, nodes: readonly number[]) => ({
    call,
    has: (node: number) => nodes.includes(node),
  });
  const it = new WaitTeller({
    clock,
    channels: () => channels,
    awaited: (node) =>
      typeof awaited === 'function' ? awaited(node) : awaited.filter((one) => one === node),
    others: () => [other('r.2', [0, 1]), other('r.3', [5]), other('r.4', [2])],
    tell: (waits) => told.push(waits),
  });
  const pass = () => {
    const callback = due;
    due = undefined;
    callback?.();
    return due !== undefined;
  };
  return { it, told, pass };
}

describe('a call that waits for a channel', () => {
  test('is told once, after a moment, on which nodes and for which calls', () => {
    const channels = [0, 2, 2, 3].map((node) => ({ node, link: node === 3 ? {} : undefined }));
    const { it, told, pass } = teller(channels, [0, 2, 3]);
    it.begin();
    it.begin();
    expect(told).toEqual([]);
    pass();
    it.begin();
    expect(pass()).toBe(false);
    expect(told).toEqual([{ nodes: [0, 2], calls: ['r.2', 'r.4'] }]);
  });

  test('is told of another node when it waits there, too, and of none twice', () => {
    const channels: Wanted[] = [0, 2].map((node) => ({ node, link: undefined }));
    const awaited = [0];
    const { it, told, pass } = teller(channels, awaited);
    it.begin();
    expect(pass()).toBe(true);
    awaited.push(2);
    expect(pass()).toBe(false);
    expect(told.map(({ nodes }) => nodes)).toEqual([[0], [2]]);
  });

  test('is told of the nodes that lack one, which need not be its own', () => {
    const channels: Wanted[] = [{ node: 0, link: undefined }];
    const { it, told, pass } = teller(channels, () => [2]);
    it.begin();
    expect(pass()).toBe(true);
    expect(pass()).toBe(true);
    expect(told).toEqual([{ nodes: [2], calls: ['r.4'] }]);
  });

  test('is told nothing while its nodes only take their time, and looked after until all is opened', () => {
    const channels: Wanted[] = [{ node: 0, link: undefined }];
    const { it, told, pass } = teller(channels, [1]);
    it.begin();
    expect(pass()).toBe(true);
    channels[0] = { node: 0, link: {} };
    expect(pass()).toBe(false);
    it.begin();
    it.stop();
    channels.push({ node: 1, link: undefined });
    pass();
    expect(told).toEqual([]);
  });
});
