// @module-tag slow: left out of npm run test:quick
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import deadStages from '../../../src/node/files/dead-stages.sh';
import remains from '../../../src/node/keeper/remains.sh';
import byWord from '../../../src/node/shared/by-word.sh';
import processes from '../../../src/node/shared/processes.sh';
import workers from '../../../src/node/shared/workers.sh';
import { runText, SHELLS } from './shells.ts';

const GREPS = {
  GNU: undefined,
  busybox: 'exec busybox grep "$@"',
  // As it is built where the C library cannot search behind a NUL, on Alpine.
  'a smaller busybox':
    'case $1 in -*z*) echo "grep: unrecognized option: z" >&2; exit 1 ;; esac; exec busybox grep "$@"',
};

const bins: string[] = [];
afterAll(() => {
  for (const bin of bins) rmSync(bin, { recursive: true });
});
const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) process.kill(-pid, 'SIGKILL');
});

const CASES = SHELLS.flatMap(([name, shell]) =>
  Object.entries(GREPS).map(([grep, text]) => ({ name, shell, grep, PATH: pathWith(text) })),
);

describe.each(CASES)('under $name, with the grep of $grep', ({ shell, PATH }) => {
  const say = async (parts: readonly string[], words: readonly string[]) => {
    const looking = runText(shell, parts.join('\n'), ['lockstep-look', ...words], { PATH });
    const line = await looking.line(/FOUND/);
    looking.end();
    return line;
  };

  test("L6: what a call has left is found by its run and its number, wherever they stand in its environment; a call's whose number only begins alike is not", async () => {
    const twelfth = await processOf(['sleep', '60'], {
      FIRST: 'x',
      LOCKSTEP_RUN: '20261129-ab.12',
      LAST: 'y',
    });
    const FIND = 'lost=yes groups=" " sids=" " mark=$1; find_lost; echo "FOUND $groups"';
    const found = async (mark: string) =>
      (await say([processes, byWord, workers, FIND], [mark])).split(' ').includes(`${twelfth}`);
    expect(await found('20261129-ab.12')).toBe(true);
    expect(await found('20261129-ab')).toBe(true);
    expect(await found('20261129-ab.1')).toBe(false);
  });

  test.each([
    ['stages', deadStages],
    ['records', remains],
  ])('F13: whoever looks at %s finds that a run lives by its processes', async (_what, part) => {
    const run = `20240101T000000-${randomUUID()}`;
    const ASK = 'if run_lives "$1$2"; then echo FOUND it; else echo FOUND none; fi';
    // No process of ours has the name whole in its own arguments.
    const ask = () => say([byWord, part, ASK], [run.slice(0, 5), run.slice(5)]);
    expect(await ask()).toBe('FOUND none');
    await processOf(['sh', '-c', 'sleep 60; :', 'lockstep-hand', run]);
    expect(await ask()).toBe('FOUND it');
  });
});

/** A process of these words, in a group of its own. */
async function processOf(words: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const [program = '', ...others] = words;
  const child = spawn(program, others, {
    env: { ...env, PATH: process.env.PATH },
    detached: true,
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  started.push(child.pid ?? 0);
  return child.pid ?? 0;
}

function pathWith(grep: string | undefined): string {
  if (grep === undefined) return `${process.env.PATH}`;
  const bin = mkdtempSync(join(tmpdir(), 'lockstep-grep-'));
  bins.push(bin);
  writeFileSync(join(bin, 'grep'), `#!/bin/sh\n${grep}\n`);
  chmodSync(join(bin, 'grep'), 0o755);
  return `${bin}:${process.env.PATH}`;
}
