// @module-tag slow: left out of npm run test:quick
/** What a keeper answers, and the commands that it runs. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { go, keepersUnder } from './keepers.ts';
import { SHELLS } from './shells.ts';

describe.each(SHELLS)('the keeper under %s', (_name, shell) => {
  const { acquired } = keepersUnder(shell);

  test('answers beats, and frees the lock when told to', async () => {
    const { it } = await acquired('1');
    it.send('PING 7');
    expect(await it.line(/PONG/)).toBe('tok1 PONG 7');
    it.send('RELEASE');
    expect(await it.line(/RELEASED/)).toBe('tok1 RELEASED RELEASE');
    expect(await it.exited).toBe(0);
  });

  test('beats keep the leash from running out', async () => {
    const { it } = await acquired('1', { lease: 2 });
    for (let beat = 1; beat <= 6; beat++) {
      it.send(`PING ${beat}`);
      await it.line(new RegExp(`PONG ${beat}`));
      spawnSync('sleep', ['0.5']);
    }
    expect(it.output().stdout).not.toContain('RELEASED');
    it.send('RELEASE');
    await it.exited;
  });

  test('a command of GO gets no stdin, keeps its output to the last byte, and its exit code is told', async () => {
    const { it } = await acquired('1');
    it.send(go(`cat; printf 'no newline'; printf 'err' >&2; (exit 3)`));
    expect(await it.line(/EXIT/)).toBe('no newlinetok1 EXIT 3 clean');
    it.send('PING 1');
    await it.line(/PONG 1/);
    it.send('RELEASE');
    await it.exited;
    expect(it.output().stderr).toBe('errtok1 END\n');
  });

  test('a command of many lines, with backslashes, arrives as it was written', async () => {
    const { it } = await acquired('1');
    const command = `printf '%s|' 'a\\nb' 'c\nd' '\\\\'`;
    it.send(go(command));
    await it.line(/EXIT 0/);
    expect(it.output().stdout).toContain('a\\nb|c\nd|\\\\|tok1 EXIT 0 clean');
    it.send('RELEASE');
    await it.exited;
  });

  test('a command of GO is not deaf to SIGINT', async () => {
    const { it } = await acquired('1');
    it.send(go(`sh -c 'kill -INT $$; echo survived'`));
    expect(await it.line(/EXIT/)).toBe('tok1 EXIT 130 clean');
    it.send('RELEASE');
    await it.exited;
  });
});
