import { expect, test } from 'vitest';
import { whoIs } from '../../../src/run/start/identity.ts';

test.each([
  ['root', 'ann', 'root(ann)'],
  ['root', 'ann.lee@corp', 'root(ann.lee@corp)'],
  ['root', undefined, 'root'],
  ['ann', 'ann', 'ann'],
  ['root', '', 'root'],
  ['root', 'x\ty\n', 'root'],
  ['root', 'two words', 'root'],
])('who holds a lock is told with who became that account: %s by %j is %s', (user, sudoUser, who) => {
  expect(whoIs(user, sudoUser)).toBe(who);
});
