/** A server that takes the key and wants more, as one with a second factor does. */
import { expect, test } from 'vitest';
import { startAuthentication } from '../../../src/ssh/ssh2/authentication.ts';

test('a server that wants more than the key is told as that, and is asked no further question', () => {
  const node = { id: '[u@a:22]', user: 'u', host: 'a', port: 22, given: 'a' };
  const method = (username: string) => ({ type: 'publickey', username, key: 'x' }) as const;
  const identity = { description: 'key K', shown: 'AAAA', method };
  const auth = startAuthentication(node, { all: [identity as never], notes: [] });
  const handler = auth.handler as unknown as (left: string[] | null, partial: boolean | null) => unknown;
  expect(handler(null, null)).toMatchObject({ type: 'publickey' });
  expect(handler(['keyboard-interactive'], true)).toBe(false);
  expect(auth.failure(undefined).message).toContain('the key is right, but the server wants more');
});
