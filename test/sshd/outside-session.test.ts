/** What a command leaves outside of its session may have its output for ever: it is heard, as with ssh, within the command's time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { oneOf } from '../one-of.ts';
import { expectExit, run, startScene, strays, untilAtRest, untilOnly } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2);
  writeFileSync(join(farm.home, 'input'), '');
});
afterAll(() => farm?.stop());
afterEach(async () => {
  for (const node of farm.nodes) await node.run('pkill -x sleep');
  await untilAtRest(farm.nodes);
});

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
/** It is in a session of its own when it has begun. */
const DAEMON = 'setsid sleep 300 & until pgrep -x sleep; do sleep 0.02; done >/dev/null; echo begun';

const MODES: readonly [string, (text: string) => string[]][] = [
  ['-C', (text) => ['-C', text]],
  ['-i', (text) => ['-i', 'input', '-C', text]],
  ['-S -m', (text) => ['--no-upload', '-m', '-n', text, '-S']],
];
const WAYS = [
  ['alone', []],
  ['in a session', ['-L', '--', process.execPath, program]],
] as const;

const CASES = MODES.flatMap(([mode, words], at) =>
  oneOf(WAYS, at).map(([way, before]) => ({ way, before, mode, words })),
);

describe.each(CASES)('$way', ({ mode, before, words }) => {
  describe(`with ${mode}`, () => {
    test('--timeout cuts what a daemon holds, with 124, and lets the daemon live', async () => {
      const ran = await expectExit(run(farm, [...before, '--timeout', '3s', ...words(DAEMON)]), 124);
      for (const { host } of farm.nodes) expect(ran.stdout).toContain(`${host} begun`);
      expect(ran.stderr).toContain('timed out after 3 s (2 nodes)');
      await untilOnly(farm.nodes, ['sleep 300']);
    });

    test('--timeout ends a command that has not ended, and cuts what a daemon of it holds', async () => {
      const times = ['--timeout', '2s', ...(before.length > 0 ? [] : ['--kill-grace', '1s'])];
      const ran = await expectExit(run(farm, [...before, ...times, ...words(`${DAEMON}; sleep 301`)]), 124);
      expect(ran.stderr).toContain('timed out after 2 s (2 nodes)');
      expect(farm.nodes.flatMap(strays)).not.toContain('sleep 301');
      await untilOnly(farm.nodes, ['sleep 300']);
    });

    test('it is heard until it lets go within its time, also of a command that has failed', async () => {
      const text = 'setsid sh -c "sleep 3; echo LATE" & echo now; exit 3';
      const ran = await expectExit(run(farm, [...before, '--timeout', '60s', ...words(text)]), 1);
      expect(ran.stdout.match(/ LATE$/gm)).toHaveLength(2);
      expect(ran.stderr).toContain('code 3 (2 nodes)');
    });
  });
});

test.each(MODES.slice(0, 2))(
  'Ctrl-C ends the wait for a daemon, alone and in a session: %s',
  async (_mode, words) => {
    const holder = run(farm, ['-L']);
    const [, path = ''] = await holder.waitForOutput(/LOCKSTEP_SESSION='?([^' ]+)/);
    for (const env of [{ LOCKSTEP_SESSION: path }, undefined]) {
      if (env === undefined) {
        holder.kill('SIGINT');
        await expectExit(holder, 130);
      }
      const ran = run(farm, words(DAEMON), env === undefined ? {} : { env });
      for (const { host } of farm.nodes) await ran.waitForOutput(new RegExp(`${host} begun`));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      ran.kill('SIGINT');
      await expectExit(ran, 130);
      for (const node of farm.nodes) {
        expect(strays(node)).toContain('sleep 300');
        await node.run('pkill -x sleep');
      }
    }
  },
);
