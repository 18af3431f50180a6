import { expect, test } from 'vitest';
import { Turnstile } from '../../../src/core/at-once.ts';
import { withResolvers } from '../../../src/core/waiting.ts';

test('work that is called off leaves the line of a turnstile, and the next in line has its turn', async () => {
  const turnstile = new Turnstile(1);
  const [first, ender] = [withResolvers<void>(), new AbortController()];
  const told: string[] = [];
  const work = (name: string) => async () => void told.push(name);
  const one = turnstile.pass(() => first.promise);
  const two = turnstile.pass(work('two'), ender.signal);
  const three = turnstile.pass(work('three'), new AbortController().signal);
  ender.abort(new Error('enough'));
  await expect(two).rejects.toThrow('enough');
  await expect(turnstile.pass(work('four'), ender.signal)).rejects.toThrow('enough');
  expect(told).toEqual([]);
  first.resolve();
  await Promise.all([one, three]);
  await turnstile.pass(work('five'));
  expect(told).toEqual(['three', 'five']);
});
