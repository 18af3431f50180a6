import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Identities } from '../../../src/ssh/ssh2/identities.ts';
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
    seen.push(`${node} ${shown.password}`);
    if (answer(node, shown.password ?? '') !== 'no-password') shown.onPasswordSent?.();
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
    expect(ended.seen).toEqual(['a right', 'b right', 'c right']);
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
    expect(ended.seen).toEqual(['a wrong', 'b wrong', 'b right', 'c right']);
    expect(ended.results).toEqual(['refused', 'in', 'in']);
  });

  test('where nobody can be asked, and with keys, all nodes are logged in to at once', async () => {
    const ended = await login({ all: [], notes: [] }, () => undefined);
    expect(ended.seen).toHaveLength(3);
  });
});
