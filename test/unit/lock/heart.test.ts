import { beforeEach, describe, expect, test } from 'vitest';
import { type Clock, readClock } from '../../../src/core/clock.ts';
import { Heart } from '../../../src/lock/heart.ts';
import type { HeldKeeper, KeeperListener } from '../../../src/node/keeper/held-keeper.ts';

const TIMING = { heartbeatMs: 10_000, answerMs: 10_000, leaseMs: 30_000, slackMs: 2_000, clockJumpMs: 5_000 };

/** Time that moves only when it is told to. */
class ManualClock implements Clock {
  monotonic = 0;
  wall = 1_000_000;
  #timers: { atMs: number; callback: () => void }[] = [];

  monotonicMs = () => this.monotonic;
  wallMs = () => this.wall;
  after = (delayMs: number, callback: () => void) => {
    const timer = { atMs: this.monotonic + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };
  /** As in Node: timers that are due come first. */
  afterPendingInput = (callback: () => void) => void this.after(0, callback);

  pass(ms: number): void {
    const endMs = this.monotonic + ms;
    for (;;) {
      const next = this.#timers
        .filter(({ atMs }) => atMs <= endMs)
        .sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#moveTo(next.atMs);
      next.callback();
    }
    this.#moveTo(endMs);
  }

  /** The machine's clocks go on, but no timer fires: a stalled event loop. */
  stall(ms: number): void {
    this.#moveTo(this.monotonic + ms);
  }

  #moveTo(atMs: number): void {
    this.wall += atMs - this.monotonic;
    this.monotonic = atMs;
  }
}

class FakeKeeper {
  readonly node = { id: '[root@a:22]' };
  isCommandRunning = false;
  isPulseConnecting = false;
  answers = true;
  fed = 0;
  listener: KeeperListener = { onPong() {}, onMute() {}, onEnding() {} };
  die: (reason: string) => void = () => {};
  readonly gone = new Promise<string>((resolve) => {
    this.die = resolve;
  });
  beats: number[] = [];
  beat(beat: number): void {
    this.beats.push(beat);
    if (this.answers) this.listener.onPong(beat);
  }
  feed(): void {
    this.fed++;
  }
  watch(listener: KeeperListener): void {
    this.listener = listener;
  }
}

describe('the heart of a run', () => {
  let clock: ManualClock;
  let keeper: FakeKeeper;
  let lost: string[];
  let heart: Heart;
  beforeEach(() => {
    clock = new ManualClock();
    keeper = new FakeKeeper();
    lost = [];
    heart = new Heart(TIMING, clock, (_keeper, reason) => lost.push(reason));
    heart.add(keeper as unknown as HeldKeeper, readClock(clock));
  });

  test('answered beats keep the lease for ever', () => {
    clock.pass(3_600_000);
    expect(lost).toEqual([]);
    expect(keeper.beats.length).toBe(360);
  });

  test('L8: one beat without an answer loses the lock, with the last good beat named', () => {
    clock.pass(20_000);
    keeper.answers = false;
    clock.pass(20_000);
    expect(lost).toEqual(['a heartbeat was not answered within 10 s; last good heartbeat 20 s ago']);
  });

  test('L8: the answer to an older beat proves nothing', () => {
    keeper.answers = false;
    clock.pass(10_000);
    keeper.listener.onPong(0);
    clock.pass(10_000);
    expect(lost.length).toBe(1);
  });

  test('L8: a keeper that is gone is told at once, and once', async () => {
    keeper.die('the keeper ended');
    await keeper.gone;
    await Promise.resolve();
    clock.pass(100_000);
    expect(lost).toEqual(['the keeper ended; last good heartbeat 0 ms ago']);
  });

  test('L2: after a stall of the event loop longer than the lease the next look finds it unproven', () => {
    clock.stall(28_000);
    heart.check();
    expect(lost).toEqual(['nothing was heard for 28 s; last good heartbeat 28 s ago']);
  });

  test('L5, L10: a machine that slept trusts no lease', () => {
    clock.wall += 600_000;
    heart.check();
    expect(lost[0]).toContain('the clock jumped');
  });

  test('L2: a lease that a slow login has used up in part is proven at once, before a command needs a second login', () => {
    const slow = new FakeKeeper();
    const askedAt = readClock(clock);
    clock.stall(12_000);
    heart.add(slow as unknown as HeldKeeper, askedAt);
    expect(slow.beats.length).toBe(1);
    // The channel that answers beside its command takes as long to open as the keeper's did.
    slow.isCommandRunning = true;
    slow.answers = false;
    clock.pass(15_000);
    slow.answers = true;
    for (const beat of slow.beats) slow.listener.onPong(beat);
    clock.pass(60_000);
    expect(lost).toEqual([]);
    const quick = new FakeKeeper();
    heart.add(quick as unknown as HeldKeeper, readClock(clock));
    expect(quick.beats).toEqual([]);
  });

  test('L5: a machine that slept between asking for a lock and holding all of them trusts no lease', () => {
    const askedAt = readClock(clock);
    heart.stop();
    clock.wall += 35_000;
    heart = new Heart(TIMING, clock, (_keeper, reason) => lost.push(reason));
    heart.add(keeper as unknown as HeldKeeper, askedAt);
    heart.check();
    expect(lost[0]).toContain('the clock jumped');
  });

  test('L5: sleeps that are too short to be noticed each still count against the lease', () => {
    keeper.answers = false;
    heart.stop();
    heart = new Heart({ ...TIMING, leaseMs: 22_000 }, clock, (_keeper, reason) => lost.push(reason));
    heart.add(keeper as unknown as HeldKeeper, readClock(clock));
    for (const sleptMs of [2_000, 2_000]) {
      clock.pass(8_000);
      clock.wall += sleptMs;
      heart.check();
    }
    expect(lost).toEqual(['nothing was heard for 20 s; last good heartbeat 20 s ago']);
  });

  test('a command is fed at its first beat, and asked for a sign of life from its second on', () => {
    keeper.isCommandRunning = true;
    clock.pass(10_000);
    expect([keeper.fed, keeper.beats]).toEqual([1, []]);
    clock.pass(10_000);
    expect([keeper.fed, keeper.beats]).toEqual([1, [2]]);
    expect(lost).toEqual([]);
  });

  test('with the shortest lease that is allowed, a command is asked from its first beat on', () => {
    const timing = { ...TIMING, heartbeatMs: 1_000, answerMs: 1_000, leaseMs: 4_000 };
    heart.stop();
    heart = new Heart(timing, clock, (_keeper, reason) => lost.push(reason));
    heart.add(keeper as unknown as HeldKeeper, readClock(clock));
    keeper.isCommandRunning = true;
    clock.pass(60_000);
    expect([keeper.fed, keeper.beats.length]).toEqual([0, 60]);
    expect(lost).toEqual([]);
  });

  test('L4: answers that come by a second connection have until the lease runs out, and no longer', () => {
    const timing = { ...TIMING, heartbeatMs: 1_000, answerMs: 1_000, leaseMs: 12_000 };
    heart.stop();
    heart = new Heart(timing, clock, (_keeper, reason) => lost.push(reason));
    heart.add(keeper as unknown as HeldKeeper, readClock(clock));
    keeper.isPulseConnecting = true;
    keeper.answers = false;
    clock.pass(9_000);
    expect(lost).toEqual([]);
    for (const beat of keeper.beats) keeper.listener.onPong(beat);
    keeper.isPulseConnecting = false;
    keeper.answers = true;
    clock.pass(5_000);
    expect(lost).toEqual([]);
    [keeper.isPulseConnecting, keeper.answers] = [true, false];
    clock.pass(10_000);
    expect(lost).toEqual(['nothing was heard for 10 s; last good heartbeat 10 s ago']);
  });
});
