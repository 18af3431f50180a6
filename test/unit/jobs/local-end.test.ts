import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import { scratchForFile } from '../../scratch.ts';
import { Kept, living, shellOf } from './shells.ts';

const place = scratchForFile();

describe('how a command ends', () => {
  test('a code that is not 0 is a result, and an error where it is asked for', async () => {
    const { shell } = shellOf();
    expect(await shell.run('exit 3')).toMatchObject({ code: 3, signal: undefined });
    expect(await shell.run('kill -9 $$')).toMatchObject({ code: undefined, signal: 'SIGKILL' });
    await expect(shell.run('exit 3', { check: true })).rejects.toMatchObject({
      code: 'command-failed',
      message: 'exit code 3 on here: exit 3',
    });
    const strict = createJobs({ check: true }).shellOn({ name: 'x' });
    await expect(strict.run('kill -9 $$')).rejects.toMatchObject({
      message: 'ended by SIGKILL on x: kill -9 $$',
    });
    expect(await strict.run('exit 3', { check: false })).toMatchObject({ code: 3 });
  });

  test('one that takes too long is ended with all that it has started', async () => {
    const { shell } = shellOf();
    const pids = new Kept();
    const command = 'sleep 1000 & echo $!; sleep 1000 >/dev/null 2>&1 & echo $! $$; wait';
    await expect(shell.run(command, { timeoutMs: 300, stdout: pids })).rejects.toMatchObject({
      code: 'command-timed-out',
      message: expect.stringMatching(/^took longer than 0.3 s, and was ended on here: sleep 1000 & /),
    });
    expect(living(pids.text)).toEqual([]);
  });

  test('one that does not hear TERM is ended with KILL after the grace', async () => {
    const { shell } = shellOf({}, 50);
    const pids = new Kept();
    const running = shell.spawn("trap '' TERM; (sleep 1000) & echo $! $$; while :; do sleep 1000; done", {
      stdout: pids,
    });
    await expect.poll(() => pids.text).toMatch(/\n/);
    running.end();
    expect(await running.result).toMatchObject({ code: undefined, signal: 'SIGKILL' });
    expect(living(pids.text)).toEqual([]);
  });

  test('what has left its process group with its output is heard no longer than a while when it is ended', async () => {
    const { shell } = shellOf();
    const pid = new Kept();
    const running = shell.spawn('setsid sh -c "echo \\$\\$; exec sleep 1000"; :', { stdout: pid });
    await expect.poll(() => pid.text).toMatch(/\n/);
    running.end();
    expect(await running.result).toMatchObject({ signal: 'SIGTERM' });
    process.kill(Number(pid.text), 'SIGKILL');
  });

  test('whoever has its number by now is told nothing, where its output outlives it', async ({ skip }) => {
    const { shell } = shellOf({}, 50);
    const pids = new Kept();
    const running = shell.spawn('setsid sh -c "echo \\$\\$; exec sleep 1000" & echo $$', { stdout: pids });
    await expect.poll(() => pids.text).toMatch(/\n.*\n/);
    const numbers = pids.text.trim().split('\n').map(Number);
    const gone = () => numbers.find((pid) => !existsSync(`/proc/${pid}`));
    await expect.poll(gone).toBeDefined();
    const other = startAs(gone() ?? 0);
    try {
      if (other === undefined) skip('NOT SHOWN: this account may not say which number is next');
      running.end();
      expect(await running.result).toMatchObject({ code: 0 });
      expect(living(`${other?.pid}`)).toHaveLength(1);
    } finally {
      other?.kill('SIGKILL');
      for (const pid of numbers) if (living(`${pid}`).length > 0) process.kill(pid, 'SIGKILL');
    }
  });

  test('a signal of the program ends it, and one that was aborted before lets nothing start', async () => {
    const { shell } = shellOf();
    const controller = new AbortController();
    const begun = new Kept();
    const result = shell.run('echo $$; sleep 1000', { signal: controller.signal, stdout: begun });
    await expect.poll(() => begun.text).toMatch(/\n/);
    controller.abort(new Error('enough'));
    await expect(result).rejects.toMatchObject({ code: 'interrupted', message: 'was aborted: enough' });
    expect(living(begun.text)).toEqual([]);
    const file = join(place, 'never');
    await expect(shell.run(`touch ${file}`, { signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(() => readFileSync(file)).toThrow();
  });

  test('a sink that cannot take its output ends it, and says so', async () => {
    const { shell } = shellOf();
    const full = {
      write() {
        throw new Error('no space left');
      },
    };
    await expect(shell.run('echo 1; sleep 1000', { stdout: full })).rejects.toMatchObject({
      code: 'output-not-written',
      message: 'its stdout could not be passed on: no space left on here: echo 1; sleep 1000',
    });
    const late = { write: () => Promise.reject(new Error('gone')) };
    await expect(shell.run('echo 1', { stderr: late, stdout: late })).rejects.toMatchObject({
      code: 'output-not-written',
    });
  });

  test('a slow stream holds the command, and loses nothing', async () => {
    let [bytes, most] = [0, 0];
    const slow: Writable = new Writable({
      highWaterMark: 1_000,
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        most = Math.max(most, slow.writableLength);
        setImmediate(done);
      },
    });
    await shellOf().shell.run('head -c 2000000 /dev/zero', { stdout: slow, captureBytes: 0 });
    slow.end();
    await finished(slow);
    expect(bytes).toBe(2_000_000);
    // One chunk of a pipe at a time.
    expect(most).toBeLessThanOrEqual(65_536);
  });

  test('a stream that is never read again does not keep a command from being ended', async () => {
    const stuck = new Writable({ highWaterMark: 1, write: () => {} });
    const { shell } = shellOf();
    await expect(
      shell.run('head -c 2000000 /dev/zero; sleep 1000', { stdout: stuck, timeoutMs: 200 }),
    ).rejects.toMatchObject({ code: 'command-timed-out' });
  });
});

/** A process with that number, in a group of its own; undefined where the kernel gives it to nobody. */
function startAs(pid: number): ChildProcess | undefined {
  for (let tries = 0; tries < 50; tries++) {
    try {
      writeFileSync('/proc/sys/kernel/ns_last_pid', `${pid - 1}`);
    } catch {
      return undefined;
    }
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    if (child.pid === pid) return child;
    child.kill('SIGKILL');
  }
  return undefined;
}

test('what closes the program ends all shells, and nothing is begun any more', async () => {
  const { shell, program } = shellOf();
  const pids = new Kept();
  const { result } = shell.spawn('echo $$; sleep 1000', { stdout: pids });
  await expect.poll(() => pids.text).toMatch(/\n/);
  await program.close();
  await expect(result).rejects.toMatchObject({ code: 'interrupted', message: 'the fleet was closed' });
  expect(living(pids.text)).toEqual([]);
  expect(() => shell.run('true')).toThrow('shell.run() was called when all was over');
  await expect(program.run([])).rejects.toMatchObject({ code: 'interrupted' });
});
