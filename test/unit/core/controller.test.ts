import { expect, test } from 'vitest';
import { isAlive, ownController } from '../../../src/core/controller.ts';
import { GONE } from '../journal/pasts.ts';

test('a process is seen after its machine got another name; one of another boot or container is not', async () => {
  const own = await ownController();
  expect(own.boot).not.toBe('');
  expect(await isAlive({ ...own, host: 'renamed' })).toBe(true);
  expect(await isAlive({ ...GONE, host: 'renamed' })).toBe(false);
  expect(await isAlive({ ...own, began: `${own.began}0` })).toBe(false);
  expect(await isAlive({ ...own, boot: 'earlier' })).toBe(false);
  expect(await isAlive({ ...own, host: 'elsewhere', boot: 'another' })).toBeUndefined();
  expect(await isAlive({ ...own, pids: 'pid:[1]' })).toBeUndefined();
});
