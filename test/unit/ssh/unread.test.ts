import type { ClientChannel } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { Unread } from '../../../src/ssh/ssh2/unread.ts';

const WINDOW = 2 * 1024 * 1024;
const CHUNK = 256 * 1024;
const LIMIT = 512 * 1024;

describe('what a node has not consumed', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('makes the next write wait beyond the limit, until word comes that some of it was consumed', () => {
    const { unread, outgoing, send } = channel();
    while (!unread.isFull()) send();
    expect(WINDOW - outgoing.window).toBe(LIMIT + CHUNK);
    outgoing.window += CHUNK;
    expect(unread.isFull()).toBe(false);
  });

  test('makes nothing wait for ever, though the server never tells what was consumed', () => {
    const { unread, outgoing, send } = channel();
    let pauses = 0;
    while (outgoing.window >= CHUNK) {
      send();
      if (!unread.isFull()) continue;
      pauses++;
      waitFor(unread);
    }
    // Each wait in vain doubles what may be under way, so that far nodes soon have the whole window.
    expect(pauses).toBe(2);
  });

  test('still counts for a slow node that consumes a little in each wait', () => {
    const { unread, outgoing, send } = channel();
    for (let time = 0; time < 50; time++) {
      while (!unread.isFull()) send();
      waitFor(unread, () => {
        outgoing.window += 1024;
      });
      send();
      outgoing.window += CHUNK - 1024;
    }
    expect(WINDOW - outgoing.window).toBeLessThanOrEqual(LIMIT + 2 * CHUNK);
  });

  test('is measured against the window that the server really gave, however small or large', () => {
    const small = channel(64 * 1024);
    small.send(64 * 1024);
    expect(small.unread.isFull()).toBe(false);
    const large = channel(2 ** 31);
    while (!large.unread.isFull()) large.send();
    expect(2 ** 31 - large.outgoing.window).toBe(LIMIT + CHUNK);
  });
});

function channel(window = WINDOW) {
  const outgoing = { window };
  const unread = new Unread({ outgoing } as unknown as ClientChannel, LIMIT);
  const send = (bytes = CHUNK) => {
    unread.beforeWrite();
    outgoing.window -= bytes;
  };
  return { unread, outgoing, send };
}

function waitFor(unread: Unread, meanwhile = () => {}): void {
  let isOver = false;
  unread.afterPause(() => {
    isOver = true;
  });
  meanwhile();
  vi.advanceTimersByTime(LIMITS.unreadPauseMs);
  expect(isOver).toBe(true);
  expect(unread.isFull()).toBe(false);
}
