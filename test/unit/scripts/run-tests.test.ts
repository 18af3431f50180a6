// @module-tag slow: left out of npm run test:quick
/** Runs `run_tests.sh` in a directory of its own, with a tier that is a few shell processes. */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { scratchForEach } from '../../scratch.ts';

const SCRIPT = fileURLToPath(new URL('../../../run_tests.sh', import.meta.url));
let directory: string;

scratchForEach((made) => {
  directory = made;
  cpSync(SCRIPT, join(directory, 'run_tests.sh'));
  for (const name of ['scripts', 'node_modules', 'bin']) mkdirSync(join(directory, name));
  writeFileSync(join(directory, 'scripts/install-test-tools.sh'), '');
  cpSync(join(SCRIPT, '../scripts/read-report.mjs'), join(directory, 'scripts/read-report.mjs'));
  writeFileSync(join(directory, 'package-lock.json'), '{}');
  writeFileSync(join(directory, 'node_modules/.package-lock.json'), '{}');
  program('npm', 'exit 0');
});

function program(name: string, body: string): void {
  const path = join(directory, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

function start(...words: string[]) {
  const child = spawn('bash', ['run_tests.sh', ...words], {
    cwd: directory,
    env: { PATH: `${join(directory, 'bin')}:${process.env.PATH}`, HOME: directory, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { child, ended };
}

async function pidsOf(file: string): Promise<number[]> {
  const path = join(directory, file);
  while (!existsSync(path) || !readFileSync(path, 'utf8').endsWith('.\n')) await sleep(20);
  return readFileSync(path, 'utf8').split('\n')[0]?.split(' ').map(Number) ?? [];
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('run_tests.sh', () => {
  test.each([
    ['SIGINT', 130, ''],
    ['SIGTERM', 143, ''],
    ['SIGHUP', 129, ''],
    ['SIGINT', 130, "trap '' INT TERM HUP;"],
  ] as const)(
    'ends with its tier and all that it started, by %s (exit %d) %s',
    async (signal, code, stubborn) => {
      program(
        'npx',
        `${stubborn} sleep 300 & sh -c '${stubborn} sleep 300; :' & echo "$$ $!" >pids; echo . >>pids; wait`,
      );
      const { child, ended } = start('embedded');
      const pids = await pidsOf('pids');
      expect(pids.filter(isAlive)).toEqual(pids);
      child.kill(signal);
      expect((await ended).code).toBe(code);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(existsSync(join(directory, 'bin/npx'))).toBe(true);
    },
  );

  test('ends what prepares the tests, too', async () => {
    program('npm', 'sleep 300 & echo "$$ $!" >pids; echo . >>pids; wait');
    const { child, ended } = start('embedded');
    const pids = await pidsOf('pids');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('counts and names at its end what a tier has failed, and fails for a tier that ran nothing', async () => {
    const report = `for word; do case $word in --outputFile.json=*) echo '{"numPassedTests":3,"numFailedTests":1,"testResults":[{"name":"${directory}/a.test.ts","status":"failed","assertionResults":[{"status":"passed","fullName":"is right"},{"status":"failed","fullName":"room holds  what is promised"}]}]}' >"\${word#*=}" ;; esac; done; exit 1`;
    program('npx', report);
    const counted = await start('embedded').ended;
    expect(counted.output).toMatch(
      /\nFAILED: embedded: a\.test\.ts: room holds what is promised\n\n3 passed, 1 failed\n$/,
    );
    expect(counted.code).toBe(1);
    program('npx', 'exit 0');
    const nothing = await start('embedded').ended;
    expect(nothing.output).toContain('FAILED: the embedded tier ran no test');
    expect(nothing.code).toBe(1);
  });

  test('adds up the parts of the unit tier, each in a pid space of its own, and misses none that crashed', async (context) => {
    if (process.getuid?.() !== 0 && process.env.CI !== 'true') context.skip('it needs root');
    const report = (isOfCrashed: boolean) =>
      `case "$*" in *--shard=1/*) ;; *) ${isOfCrashed ? 'exit 1' : ':'} ;; esac
      for word; do case $word in --outputFile.json=*) echo '{"numPassedTests":3,"numFailedTests":0,"testResults":[]}' >"\${word#*=}" ;; esac; done`;
    program('nproc', 'echo 2');
    program('npx', `${report(false)}\n[ $$ -lt 20 ]`);
    expect((await start('unit').ended).output).toMatch(/\n9 passed, 0 failed\n$/);
    program('npx', report(true));
    const crashed = await start('unit').ended;
    expect(crashed.output).toMatch(
      /FAILED: the unit tier ran no test \(exit 1\)\n.*\n3 passed, 2 failed\n$/s,
    );
    expect(crashed.code).toBe(1);
  });
});
