/** How a text begins on a node: what of it the shell that boots may evaluate. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { BOOT_NAME, BOOT_PROGRAM, bootInput } from '../../../src/node/boot.ts';
import { WORKER_TEXT } from '../../../src/node/texts.ts';

describe('a text', () => {
  test('that gives a command what its login has exported is told that, however short it is', () => {
    const saves = (text: string) =>
      /^.*export -p/.test(bootInput({ words: ['lockstep-hand'], text }).toString());
    expect(saves('give_back\necho given')).toBe(true);
    // As short as that, another is read by the shell alone.
    expect(saves(WORKER_TEXT)).toBe(false);
  });

  test.each([10, 20_000])(
    'of %i bytes, and what follows it, is obeyed by no shell in the place of ours',
    (bytes) => {
      const text = bootInput({ words: ['lockstep-hand'], text: `#${'x'.repeat(bytes)}\necho acted` });
      const input = Buffer.concat([text, Buffer.from('echo obeyed\n')]);
      for (const shell of ['bash', 'dash', 'busybox sh']) {
        const [program = '', ...words] = shell.split(' ');
        const { stdout, stderr, status } = spawnSync(program, words, { input });
        expect(stdout.toString()).toBe('');
        expect(stderr.toString()).toBe('lockstep-boot: its login starts another shell\n');
        expect(status).toBe(97);
      }
    },
  );

  test.each([10, 20_000])('of %i bytes does nothing in a shell that cannot be replaced', (bytes) => {
    const input = bootInput({ words: ['lockstep-hand'], text: `#${'x'.repeat(bytes)}\necho acted` });
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync('/bin/bash', ['-c', BOOT_PROGRAM, BOOT_NAME], { input, env });
    expect(run({ PATH: '/usr/bin:/bin' }).stdout.toString()).toBe('acted\n');
    // There is no sh, and bash goes on behind an exec that has failed.
    const failed = run({ PATH: '/nonexistent', BASHOPTS: 'execfail' });
    expect(failed.stdout.toString()).toBe('');
    expect(failed.status).not.toBe(0);
  });
});
