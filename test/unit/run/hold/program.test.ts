import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { Held } from '../../../../src/lock/while-held.ts';
import { runProgram } from '../../../../src/run/hold/program.ts';
import { scratchForEach } from '../../../scratch.ts';
import { endedBy } from '../fixtures.ts';

let directory: string;
scratchForEach((made) => {
  directory = made;
});

/** The number that the program has written down when it has started all that it starts. */
async function numberIn(path: string): Promise<number> {
  while (!existsSync(path) || readFileSync(path, 'utf8').trim() === '') await pause(5);
  return Number(readFileSync(path, 'utf8'));
}

/** A program under a lock that is held until it is broken for a reason. */
function running(words: readonly string[], environment: Record<string, string> = {}) {
  const broken = new AbortController();
  const terminal: string[] = [];
  const held: Held = {
    signal: broken.signal,
    check: () => broken.signal.throwIfAborted(),
    keepMade() {},
    beginCommit() {},
  };
  const start = () =>
    runProgram(words, {
      environment: { PATH: process.env.PATH, ...environment },
      held,
      clock: systemClock,
      leaveToProgram: () => {
        terminal.push('left');
        return () => void terminal.push('given back');
      },
    });
  return { start, terminal, lose: (reason: LockstepError) => broken.abort(reason) };
}

function isSleeping(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === 'sleep\u00001000\u0000';
  } catch {
    return false;
  }
}

describe('the program of -L', () => {
  test.each<[what: string, script: string, code: number]>([
    ['well', 'exit 0', 0],
    ['with a code', 'exit 42', 42],
    ['with a code that is also one of ours', 'exit 75', 75],
    ['by TERM, as a shell tells it', 'kill -TERM $$', 143],
    ['by KILL, as a shell tells it', 'kill -KILL $$', 137],
    ['by HUP, as a shell tells it', 'kill -HUP $$', 129],
  ])('ends %s', async (_what, script, code) => {
    const { start, terminal } = running(['sh', '-c', script]);
    expect(await start()).toBe(code);
    expect(terminal).toEqual(['left', 'given back']);
  });

  test('leaves nothing behind that it forks while it is being ended', async () => {
    const list = join(directory, 'list');
    const { start, lose } = running(['sh', '-c', `while :; do sleep 1000 & echo $! >>${list}; done`]);
    const ended = start();
    while (!existsSync(list)) await pause(1);
    lose(new LockstepError('lock-lost', 'gone'));
    await expect(ended).rejects.toMatchObject({ code: 'lock-lost' });
    const pids = readFileSync(list, 'utf8').trim().split('\n').map(Number);
    expect(pids.length).toBeGreaterThan(0);
    expect(pids.filter(isSleeping)).toEqual([]);
  });

  test('has the words as they are, and the environment that names its session', async () => {
    const script = 'test "$1" = "a  b" && test "$LOCKSTEP_SESSION" = /run/s && test -z "$HOME" && exit 9';
    expect(await running(['sh', '-c', script, 'sh', 'a  b'], { LOCKSTEP_SESSION: '/run/s' }).start()).toBe(9);
  });

  test('is not started for a lock that is lost already', async () => {
    const { start, terminal, lose } = running(['sh', '-c', 'exit 0']);
    lose(new LockstepError('lock-lost', 'gone'));
    await expect(start()).rejects.toMatchObject({ code: 'lock-lost' });
    expect(terminal).toEqual([]);
  });

  test.each([
    ['/no/such/program', 'program-missing', 127],
    ['/etc/passwd', 'program-denied', 126],
  ])('that cannot be started has a shell’s code: %s', async (name, code, exitCode) => {
    const { start, terminal } = running([name]);
    await expect(start()).rejects.toMatchObject({ code, exitCode });
    expect(terminal).toEqual(['left', 'given back']);
  });

  test.each([
    ['a lost lock', new LockstepError('lock-lost', 'gone')],
    ['the user', endedBy('TERM')],
  ])('is ended with what it started, by %s, which is the reason', async (_what, reason) => {
    const started = join(directory, 'started');
    const script = 'sleep 1000 & echo $! >"$0"; wait';
    const { start, lose, terminal } = running(['sh', '-c', script, started]);
    const result = start();
    const pid = await numberIn(started);
    lose(reason);
    await expect(result).rejects.toBe(reason);
    expect(isThere(pid)).toBe(false);
    expect(terminal).toEqual(['left', 'given back']);
  });

  test('that ends well after its lock was lost has not ended well', async () => {
    const started = join(directory, 'started');
    const script = 'trap "exit 0" TERM; sleep 1000 & echo $! >"$0"; wait';
    const { start, lose } = running(['sh', '-c', script, started]);
    const reason = new LockstepError('lock-lost', 'gone');
    const result = start();
    await numberIn(started);
    lose(reason);
    await expect(result).rejects.toBe(reason);
  });
});

/** And not only waiting to be reaped. */
function isThere(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
