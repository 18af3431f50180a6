/** What the ssh of this machine leaves behind where lockstep dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Guard } from '../../../src/ssh/openssh/guard.ts';
import { isAlive, until } from '../../farm/process.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();
const ssh = join(directory, 'ssh');
writeFileSync(ssh, `#!/bin/sh\ntrap '' HUP\nsh -c 'echo $$ >"$0"; exec sleep 1000' "$1" &\nwait\n`);
chmodSync(ssh, 0o755);

let count = 0;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});

/** With a file of the guard among its words, as a master has; resolves with a process that it has started. */
async function start(program: string, file: string): Promise<number> {
  const written = join(directory, `pid-${++count}`);
  started.push(spawn(program, [written, file], { detached: true, stdio: 'ignore' }));
  await until('it has begun', () => existsSync(written) && readFileSync(written, 'utf8').endsWith('\n'));
  return Number(readFileSync(written, 'utf8'));
}

test('an ssh that was started, and of which lockstep died before it could tell, ends with all that it has started', async () => {
  const guard = new Guard();
  const below = await start(ssh, guard.path());
  guard.close();
  await until('it has ended', () => !isAlive(below));
});

test('nothing else is ended that has such a path among its words, nor the ssh of another lockstep', async () => {
  const [guard, other] = [new Guard(), new Guard()];
  const tail = join(directory, 'tail');
  writeFileSync(tail, readFileSync(ssh));
  chmodSync(tail, 0o755);
  const others = [await start(tail, guard.path()), await start(ssh, other.path())];
  const below = await start(ssh, guard.path());
  guard.close();
  await until('it has ended', () => !isAlive(below));
  expect(others.filter((pid) => !isAlive(pid))).toEqual([]);
  other.close();
});
