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
    await new Promise(setImmediate);
    const code = answer(node, shown.password ?? '');
    if (code !== undefined) throw new LockstepError(code as 'auth', 'refused');
    return 'in';
  };
  const results = await Promise.all(
    ['a', 'b', 'c'].map((node) => gate.login(attempt(node)).catch((error: LockstepError) => error.code)),
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

  test('that stays wrong is refused by every node, each once with the last one', async () => {
    const ended = await login(typed('no', 'nor'), () => 'auth');
    expect(ended.seen).toEqual(['a no', 'a nor', 'b nor', 'c nor']);
    expect(ended.results).toEqual(['auth', 'auth', 'auth']);
  });

  test('is not judged by a node that cannot be reached: the next one decides', async () => {
    const ended = await login(typed('wrong', 'right'), (node, word) =>
      node === 'a' ? 'unreachable' : word === 'right' ? undefined : 'auth',
    );
    expect(ended.seen).toEqual(['a wrong', 'b wrong', 'b right', 'c right']);
    expect(ended.results).toEqual(['unreachable', 'in', 'in']);
  });

  test('where nobody can be asked, and with keys, all nodes are logged in to at once', async () => {
    const ended = await login({ all: [], notes: [] }, () => undefined);
    expect(ended.seen).toHaveLength(3);
  });
});
