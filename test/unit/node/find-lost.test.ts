// @module-tag slow: left out of npm run test:quick
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import processes from '../../../src/node/shared/processes.sh';
import workers from '../../../src/node/shared/workers.sh';
import { runText, SHELLS } from './shells.ts';

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) process.kill(pid, 'SIGKILL');
});

describe.each(SHELLS)('under %s', (_name, shell) => {
  test("what a call has left is found by its run and its number, and a call's whose number only begins alike is not", async () => {
    const twelfth = await workOf('20261129-ab.12');
    const FIND = 'groups=" " sids=" " mark=$1; find_lost; echo "FOUND $groups"';
    const found = async (mark: string) => {
      const looking = runText(shell, [processes, workers, FIND].join('\n'), ['lockstep-look', mark]);
      const line = await looking.line(/FOUND/);
      looking.end();
      return line.split(' ').includes(`${twelfth}`);
    };
    expect(await found('20261129-ab.12')).toBe(true);
    expect(await found('20261129-ab')).toBe(true);
    expect(await found('20261129-ab.1')).toBe(false);
  });
});

/** The process, which is in a group of its own, of a call's command. */
async function workOf(run: string): Promise<number> {
  const child = spawn('sleep', ['60'], { env: { LOCKSTEP_RUN: run }, detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  started.push(child.pid ?? 0);
  return child.pid ?? 0;
}
