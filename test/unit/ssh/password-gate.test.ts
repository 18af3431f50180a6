import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { LockstepError } from '../../../src/core/errors.ts';
import { LOGIN_LIMITS } from '../../../src/core/limits/login.ts';
import type { Identities } from '../../../src/ssh/ssh2/keys/identity-settings.ts';
import { PasswordGate } from '../../../src/ssh/ssh2/password-gate.ts';

/** Passwords as somebody types them, one after the other. */
function typed(...passwords: string[]): Identities {
  const [password = '', ...rest] = passwords;
  return {
    all: [],
    password,
    notes: [],
    askAgain: async () => (rest.length === 0 ? undefined : typed(...rest)),
  };
}

/** Logs in to nodes at once; what each was shown, and how it went. */
async function login(identities: Identities, answer: (node: string, password: string) => string | undefined) {
  const gate = new PasswordGate(identities);
  const seen: string[] = [];
  const attempt = (node: string) => async (shown: Identities) => {
    if (answer(node, shown.password ?? '') !== 'no-password') {
      if (shown.takePassword?.() === false) throw new LockstepError('auth', 'turned away');
      seen.push(`${node} ${shown.password}`);
    }
    await new Promise(setImmediate);
    const code = answer(node, shown.password ?? '');
    if (code !== undefined) throw new LockstepError(code === 'unreachable' ? code : 'auth', 'refused');
    return 'in';
  };
  const results = await Promise.all(
    ['a', 'b', 'c'].map((node) => gate.login(attempt(node)).catch((error: LockstepError) => error.message)),
  );
  return { seen, results };
}

describe('a password for many nodes', () => {
  test('is shown to one node until it is known to be right', async () => {
    const ended = await login(typed('wrong', 'right'), (_node, word) =>
      word === 'right' ? undefined : 'auth',
    );
    expect(ended.seen).toEqual(['a wrong', 'a right', 'b right', 'c right']);
    expect(ended.results).toEqual(['in', 'in', 'in']);
  });

  test('S17: that stays wrong is sent to no other node, which all say so', async () => {
    const notTried = 'the password was not tried, since another node has refused it';
    const ended = await login(typed('no', 'nor'), () => 'auth');
    expect(ended.seen).toEqual(['a no', 'a nor']);
    expect(ended.results).toEqual(['refused', notTried, notTried]);
    const fromFile = await login({ all: [], notes: [], password: 'no' }, () => 'auth');
    expect(fromFile.seen).toEqual(['a no']);
    expect(fromFile.results).toEqual(['refused', notTried, notTried]);
  });

  test('is judged by no node that takes none: it is neither asked for again nor kept from the others', async () => {
    const ended = await login(typed('right'), (node) => (node === 'a' ? 'no-password' : undefined));
    expect(ended.seen).toEqual(['b right', 'c right']);
    expect(ended.results).toEqual(['refused', 'in', 'in']);
  });

  test('is asked for again once, while all others wait for that answer', async () => {
    let answerNow = (_: Identities) => {};
    let questions = 0;
    const askAgain = () => {
      questions++;
      return new Promise<Identities>((resolve) => {
        answerNow = resolve;
      });
    };
    const given = typed('right');
    const ended = login({ ...typed('wrong'), askAgain }, (_node, word) =>
      word === 'right' ? undefined : 'auth',
    );
    for (let turns = 0; turns < 9; turns++) await new Promise(setImmediate);
    expect(questions).toBe(1);
    answerNow(given);
    const { seen, results } = await ended;
    expect(questions).toBe(1);
    expect(seen).toEqual(['a wrong', 'a right', 'b right', 'c right']);
    expect(results).toEqual(['in', 'in', 'in']);
  });

  test('is not judged by a node that cannot be reached: the next one decides', async () => {
    const ended = await login(typed('wrong', 'right'), (node, word) =>
      node === 'a' ? 'unreachable' : word === 'right' ? undefined : 'auth',
    );
    expect(ended.seen.slice(0, 2)).toEqual(['a wrong', 'b wrong']);
    expect(ended.seen.slice(2).sort()).toEqual(['b right', 'c right']);
    expect(ended.results).toEqual(['refused', 'in', 'in']);
  });

  test('S17: waits behind a node that is out of reach for a moment only, and is then given to one node at a time all the same', async () => {
    let passTime = () => {};
    const after = (_delayMs: number, callback: () => void) => {
      passTime = callback;
      return () => {};
    };
    const gate = new PasswordGate(typed('right'), { ...systemClock, after });

    const seen: string[] = [];
    const attempt = (node: string) => async (shown: Identities) => {
      if (node === 'dead') return new Promise<string>(() => {});
      if (shown.takePassword?.() === false) throw new LockstepError('auth', 'turned away');
      seen.push(node);
      await new Promise(setImmediate);
      if (seen[0] === node) expect(seen).toEqual([node]);
      return 'in';
    };
    void gate.login(attempt('dead'));
    const others = ['b', 'c', 'd'].map((node) => gate.login(attempt(node)));
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
    passTime();
    expect(await Promise.all(others)).toEqual(['in', 'in', 'in']);
    expect(seen.toSorted()).toEqual(['b', 'c', 'd']);
  });

  test('S17: that three nodes had and did not answer is given to no other one', async () => {
    const gate = new PasswordGate(typed('right'));
    let given = 0;
    const attempt = async (shown: Identities) => {
      if (shown.takePassword?.() === false) throw new LockstepError('auth', 'turned away');
      given++;
      await new Promise(setImmediate);
      throw new LockstepError('unreachable', 'no answer');
    };
    const all = await Promise.all(
      Array.from({ length: 9 }, () => gate.login(attempt).catch((error: LockstepError) => error.message)),
    );
    expect(given).toBe(LOGIN_LIMITS.passwordSilencesMax);
    expect(all.filter((message) => message === 'no answer')).toHaveLength(3);
    expect(all.at(-1)).toBe('the password was not tried, since 3 nodes had it and did not answer');
  });

  test('where nobody can be asked, and with keys, all nodes are logged in to at once', async () => {
    const ended = await login({ all: [], notes: [] }, () => undefined);
    expect(ended.seen).toHaveLength(3);
  });
});
