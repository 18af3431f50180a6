// @module-tag slow
/** The oracle of ssh_config is OpenSSH itself: `npm run fuzz:ssh-config -- --runs 20000` asks it more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCase } from '../../../fuzz/ssh-config/generate.ts';
import { isInstalled } from '../../../fuzz/ssh-config/openssh.ts';
import { differences } from '../../../fuzz/ssh-config/oracle.ts';

describe.skipIf(!isInstalled())('ssh_config', () => {
  test('300 generated configurations mean what they mean to ssh -G', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const found = await differences(fc.sample(anyCase, { seed, numRuns: 300 }));
    expect(found[0], `npm run fuzz:ssh-config -- --runs 300 --seed ${seed}`).toBeUndefined();
  });
});
