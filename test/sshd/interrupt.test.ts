/** Ctrl-C and its kin at each stage of a run; while it waits for the lock is in lock.test.ts, in the middle of a commit in commit-crash.test.ts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { Screen } from '../unit/output/screen.ts';
import { expectExit, pidOf, replaceProgram, run, startScene, strays, untilAtRest } from './scene.ts';
import { converse } from './typist.ts';

let farm: Farm;
let last: FarmNode;

beforeAll(async () => {
  farm = await startScene(3);
  // New host keys are told once.
  await expectExit(run(farm, ['-C', 'true']), 0);
  last = farm.nodes[2] as FarmNode;
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

const SLOW_FLOCK = '#!/bin/sh\nsleep 20\nexec /usr/bin/flock.real "$@"\n';

describe('a run that is still taking its locks', () => {
  test.each(SIGNALS)(
    'is ended by %s with code %d: nothing was run, and every lock is free (L15)',
    async (signal, code) => {
      const giveBack = await replaceProgram(last, '/usr/bin/flock', SLOW_FLOCK);
      const ran = run(farm, ['-C', 'echo ran']);
      await pidOf(last, /^sleep 20/);
      ran.kill(signal);
      await expectExit(ran, code);
      expect(ran.stdout).toBe('');
      await untilAtRest(farm.nodes);
      await giveBack();
      await expectExit(run(farm, ['-C', 'true']), 0);
    },
  );
});

describe('a run that only holds its locks', () => {
  test.each(SIGNALS)('is ended by %s with code %d, and every lock is free (L15)', async (signal, code) => {
    const ran = run(farm, ['-L']);
    await ran.waitForOutput(/waiting for interrupt/);
    ran.kill(signal);
    await expectExit(ran, code);
    for (const node of farm.nodes) expect(await node.run('flock -n / true')).toMatchObject({ code: 0 });
  });
});

describe('a second signal', () => {
  test.each(SIGNALS)(
    '%s ends the program at once with code %d; each node ends the work, and then frees its lock, without it (L15, L6)',
    async (signal, code) => {
      const command = 'trap "" TERM; while :; do sleep 300; done';
      const ran = run(farm, ['--kill-grace', '5s', '-C', command]);
      await until('it runs', () => farm.nodes.every((node) => strays(node).includes('sleep 300')));
      ran.kill(signal);
      // Its keeper waits for the work, and the controller for the keeper.
      await until('the nodes are ending', async () => {
        const looks = await Promise.all(farm.nodes.map((node) => node.run('pgrep -x lockstep-ending')));
        return looks.every((look) => look.code === 0);
      });
      ran.kill(signal);
      await expectExit(ran, code);
      for (const node of farm.nodes) {
        expect(strays(node).some((line) => line.includes('trap "" TERM'))).toBe(true);
        expect(await node.run('flock -n / true')).toMatchObject({ code: 1 });
      }
      await untilAtRest(farm.nodes);
      await expectExit(run(farm, ['-C', 'true']), 0);
    },
  );
});

const CTRL_C = '\x03';

/** What stands on a terminal of 120 columns at the end, and the exit code, when Ctrl-C is typed at these words. */
async function typeCtrlC(command: string, ...words: string[]): Promise<{ code: number; lines: string[] }> {
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const turns = words.map((shown) => [shown, CTRL_C] as const);
  const { code, screen } = await converse(farm, [...targets, '--color', 'never', '-C', command], {
    turns,
    columns: 120,
  });
  const shown = new Screen(120, { isReflowing: true });
  // The terminal echoes what was typed.
  shown.write(screen.replaceAll('^C', ''));
  return { code, lines: shown.lines().map((line) => line.replace(/^[\d-]+ [\d:]+ +/, '')) };
}

const ENDING = '[WARN] Ctrl-C: ending the work on 3 nodes, KILL in 5 s; again to leave at once';

describe('Ctrl-C at a terminal', () => {
  test('is answered at once, and a tail that ends so is told in one line, without names', async () => {
    const { code, lines } = await typeCtrlC('tail -n 1 -f /etc/passwd', 'exec .*0/3');
    expect(code).toBe(130);
    expect(lines.filter((line) => !line.startsWith('127.'))).toEqual([
      ENDING,
      '[INFO] ended by Ctrl-C on 3 nodes',
    ]);
  });

  test('typed again leaves at once, says who ends the work, and leaves nothing of the bar', async () => {
    const command = 'trap "" TERM; while :; do sleep 300; done';
    const { code, lines } = await typeCtrlC(command, 'exec .*0/3', 'ending .*0/3');
    expect(code).toBe(130);
    expect(lines.slice(0, 2)).toEqual([
      ENDING,
      expect.stringMatching(/^\[FATAL\] left; the nodes end the work by themselves: 3 nodes,/),
    ]);
    for (const { host } of farm.nodes) expect(lines.join(' ')).toContain(`[root@${host}:22]`);
    expect(lines.join('')).not.toMatch(/[█░]/);
    await untilAtRest(farm.nodes);
  });
});
