/** A directory with job files, and `lockstep` as a program in it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));

/** It is removed when the tests of the file have ended. */
export function jobPlace() {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-job-'));
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  function start(words: readonly string[], descriptors: readonly number[] = []) {
    const env = { PATH: process.env.PATH, HOME: place, XDG_STATE_HOME: join(place, 'state') };
    const stdio = ['pipe', 'pipe', 'pipe', ...descriptors] as const;
    const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: place, env, stdio: [...stdio] });
    const ended = Promise.all([
      once(child, 'close').then(([code]) => code as number),
      text(child.stdout as never),
      text(child.stderr as never),
    ]).then(([code, stdout, stderr]) => ({ code, stdout, stderr }));
    return { child, ended };
  }

  function run(words: readonly string[], stdin = '') {
    const { child, ended } = start(words);
    child.stdin?.end(stdin);
    return ended;
  }

  function file(name: string, body: string): string {
    writeFileSync(join(place, name), body);
    return name;
  }
  return { place, start, run, file };
}
