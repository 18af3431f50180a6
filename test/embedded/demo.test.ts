/** Runs `scripts/demo.sh` as a newcomer would, in a copy of the checkout, so that nobody's build is disturbed. */
import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let scratch: string;
let checkout: string;
let temporary: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lockstep-checkout-'));
  checkout = join(scratch, 'checkout');
  temporary = join(scratch, 'tmp');
  await mkdir(temporary);
  for (const name of ['src', 'scripts', 'bin', 'sync-tool', 'docs', 'package.json']) {
    await cp(join(ROOT, name), join(checkout, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the demo', () => {
  test('shows a command, a sync with barriers and a refused second run on three nodes, and ends with 0', async () => {
    const { output, exitCode } = await demo().ended;
    expect(exitCode, output).toBe(0);
    expect(linesOf(output, / 1\.0$/)).toHaveLength(3);
    expect(linesOf(output, / 2\.0$/).length).toBeGreaterThanOrEqual(3);
    const typed = linesOf(output, /^\$ lockstep /).map((line) =>
      line.replace('$ lockstep -o ./nodes -r app ', ''),
    );
    expect(typed).toEqual([
      '-C cat current/version',
      "-n 'sh v2/switch v2' -e -S v2",
      '-L &',
      '-C date',
      '-C cat current/version',
    ]);
    const phases = linesOf(output, /^127\.0\.0\.1:\d+ PHASE/).map((line) => /PHASE (\d)/.exec(line)?.[1]);
    expect(phases.join(' '), 'no node is a phase ahead of another').toBe('1 1 1 2 2 2 3 3 3');
    expect(output).toMatch(/lock already obtained by \S+ since \S+ on app \(run \S+: -L\)/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colours where nobody sees them.
    expect(output).not.toMatch(/\u001b/);
    expect(await leftovers()).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind when %s ends it in the middle',
    async (signal) => {
      const running = demo();
      await running.printed('waiting for interrupt');
      running.kill(signal);
      const { output, exitCode } = await running.ended;
      expect(exitCode, output).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(await leftovers()).toEqual([]);
    },
  );

  test('fails, and leaves nothing behind, when the program does not do what the demo says', async () => {
    const program = join(checkout, 'bin/lockstep.js');
    await writeFile(program, 'process.exit(0);\n');
    const { output, exitCode } = await demo().ended;
    await cp(join(ROOT, 'bin/lockstep.js'), program);
    expect(exitCode, output).toBe(1);
    expect(output).toContain('demo: the nodes run 1.0, 1.0, 1.0');
    expect(await leftovers()).toEqual([]);
  });

  test('says what is missing where there is no Node.js, or an old one', async () => {
    const programs = join(scratch, 'programs');
    await mkdir(programs);
    await symlink('/usr/bin/dirname', join(programs, 'dirname'));
    const none = await demo({ PATH: programs }).ended;
    await writeFile(join(programs, 'node'), '#!/bin/sh\n[ "$1" = --version ] && echo v18.19.0\n');
    await chmod(join(programs, 'node'), 0o755);
    const old = await demo({ PATH: programs }).ended;
    expect([none.exitCode, none.output]).toEqual([
      1,
      'demo: it needs Node.js 20.19 or newer, and finds no node\n',
    ]);
    expect([old.exitCode, old.output]).toEqual([
      1,
      'demo: it needs Node.js 20.19 or newer; this one is v18.19.0\n',
    ]);
  });
});

interface RunningDemo {
  printed(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ output: string; exitCode: number | null }>;
}

/** With an empty environment but for the path, and with a home that cannot be written to. */
function demo(environment: { PATH?: string } = {}): RunningDemo {
  const child = spawn('/bin/sh', [join(checkout, 'scripts/demo.sh')], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', TMPDIR: temporary, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<Awaited<RunningDemo['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ output, exitCode }));
  });
  return {
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => output.includes(text) && resolve();
        for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
        ended.then(() => reject(new Error(`it ended without "${text}":\n${output}`)), reject);
      }),
    kill: (signal) => child.kill(signal),
    ended,
  };
}

/** Directories of the demo, and processes that work in one: the nodes' as well. */
async function leftovers(): Promise<string[]> {
  const directories = (await readdir(temporary)).filter((name) => name.startsWith('lockstep-demo-'));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const cwds = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return [...directories, ...cwds.filter((cwd) => cwd.startsWith(temporary))];
}

function linesOf(output: string, pattern: RegExp): string[] {
  return output.split('\n').filter((line) => pattern.test(line));
}
