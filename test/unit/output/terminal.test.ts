import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { openDescriptor } from '../../../src/output/terminal/descriptor.ts';
import { WriteQueue } from '../../../src/output/terminal/write-queue.ts';
import { type Bench, hear, makeBench, makeNode, says } from './fixtures.ts';

/** Whether the promise is pending after the event loop has gone round some times. */
async function isPending(promise: void | Promise<void>): Promise<boolean> {
  let isSettled = false;
  void Promise.resolve(promise).then(() => {
    isSettled = true;
  });
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  return !isSettled;
}

const failTest = (error: Error) => expect.unreachable(error.message);
const chunk = Buffer.alloc(1024 * 1024, 'x'.repeat(1023).concat('\n'));
const web1 = makeNode('web1');

/** Fills the queue: one chunk from each of 17 nodes, the last of which is one too many. */
function fill({ output }: Bench): (void | Promise<void>)[] {
  return Array.from({ length: 17 }, (_, index) => hear(output, says(makeNode(`web${index}`), chunk)));
}

describe('a terminal that nobody reads', () => {
  afterEach(() => void vi.useRealTimers());

  test('holds nodes back at a bounded queue, and lets them go when somebody reads', async () => {
    const bench = makeBench({ quiet: true });
    bench.stdout.isStuck = true;
    const held = fill(bench);
    expect(held.slice(0, 16).every((room) => room === undefined)).toBe(true);
    expect(await isPending(held[16])).toBe(true);
    bench.stdout.release();
    await held[16];
    await bench.output.close();
    expect(bench.stdout.text.length).toBe(17 * chunk.length);
  });

  test('holds a noisy node back long before a quiet one', async () => {
    const { stdout, output } = makeBench({ quiet: true });
    stdout.isStuck = true;
    expect(hear(output, says(web1, chunk))).toBeUndefined();
    const noisy = hear(output, says(web1, 'one line more\n'));
    expect(hear(output, says(makeNode('web2'), 'quiet\n'))).toBeUndefined();
    expect(await isPending(noisy)).toBe(true);
    stdout.release();
    await noisy;
  });

  test('cannot hold up an interrupted run: close gives up in time and lets waiting nodes go', async () => {
    const bench = makeBench({ quiet: true });
    bench.stdout.isStuck = true;
    const held = fill(bench);
    await bench.output.close(1);
    await held[16];
    expect(hear(bench.output, says(web1, chunk))).toBeUndefined();
  });

  test('L15: holds no node back when the run is to end, and the other stream is written on', async () => {
    const bench = makeBench({ quiet: true });
    bench.stdout.isStuck = true;
    const held = fill(bench);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    bench.terminal.limitPatience(1_000);
    vi.advanceTimersByTime(1_000);
    await held[16];
    expect(hear(bench.output, says(web1, chunk))).toBeUndefined();
    await hear(bench.output, { type: 'log', level: 'error', message: 'ended' });
    await bench.output.close();
    expect(bench.stderr.text).toContain('ended');
    expect(bench.broken).toEqual([]);
  });

  test('is waited for, when the run is to end, as long as it takes something', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let take = () => {};
    let taken = 0;
    const queue = new WriteQueue((bytes, done) => {
      take = () => {
        taken++;
        done(null, Math.min(1, bytes.length));
      };
    }, failTest);
    queue.write(Buffer.from('abc'));
    queue.limitPatience(1_000);
    for (let second = 0; second < 2; second++) {
      take();
      vi.advanceTimersByTime(1_000);
    }
    expect(await isPending(queue.whenEmpty())).toBe(true);
    vi.advanceTimersByTime(1_000);
    await queue.whenEmpty();
    expect(taken).toBe(2);
  });

  test('does not hold back what goes to the other stream', async () => {
    const bench = makeBench({ quiet: true });
    bench.stdout.isStuck = true;
    fill(bench);
    expect(hear(bench.output, { type: 'log', level: 'error', message: 'still here' })).toBeUndefined();
    await new Promise(setImmediate);
    expect(bench.stderr.text).toContain('still here');
  });
});

describe('the queue before a descriptor', () => {
  test('joins small writes to few large ones, in order', async () => {
    const { stdout, output } = makeBench({ quiet: true });
    for (let line = 0; line < 10_000; line++) void hear(output, says(web1, `${line}\n`));
    await output.close();
    expect(stdout.text).toBe(Array.from({ length: 10_000 }, (_, line) => `${line}\n`).join(''));
    expect(stdout.writes).toBe(2);
  });

  test('tries again when the descriptor is full, and goes on where a short write ended', async () => {
    let text = '';
    let calls = 0;
    const queue = new WriteQueue((bytes, done) => {
      const isFull = calls++ % 12 !== 11;
      if (!isFull) text += bytes.toString('latin1', 0, 3);
      setImmediate(
        done,
        isFull ? Object.assign(new Error(), { code: 'EAGAIN' }) : null,
        isFull ? 0 : Math.min(3, bytes.length),
      );
    }, failTest);
    queue.write(Buffer.from('hello\n'));
    queue.write(Buffer.from('world\n'));
    await queue.whenEmpty();
    expect(text).toBe('hello\nworld\n');
  });

  test('a reader that went away is told of once; nobody waits for it', async () => {
    const bench = makeBench({ quiet: true });
    bench.stdout.isStuck = true;
    const held = fill(bench);
    bench.stdout.failWith = Object.assign(new Error('broken pipe'), { code: 'EPIPE' });
    bench.stdout.release();
    await Promise.all(held);
    await hear(bench.output, says(web1, 'more\n'));
    await bench.output.close();
    expect(bench.broken).toEqual([['stdout', bench.stdout.failWith]]);
    expect(bench.stdout.text).toBe('');
  });

  test('keeps the order of lines where stdout and stderr are one file', async () => {
    const { stdout, output } = makeBench({ nodes: [web1] }, { isShared: true });
    for (const [index, stream] of (['stdout', 'stderr', 'stdout'] as const).entries()) {
      void hear(output, says(web1, `${index}\n`, stream));
    }
    await output.close();
    expect(stdout.text).toBe('web1 0\nweb1 1\nweb1 2\n');
  });
});

describe('a real pipe', () => {
  let directory: string;
  let readEnd: number;
  let writeEnd: number;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writeEnd = openSync(path, constants.O_WRONLY);
  });
  afterEach(() => {
    closeSync(readEnd);
    closeSync(writeEnd);
    rmSync(directory, { recursive: true });
  });

  test('that nobody reads blocks nothing, and loses nothing once it is read', async () => {
    const queue = new WriteQueue(openDescriptor(writeEnd).writeSome, failTest);
    for (let count = 0; count < 16; count++) expect(queue.write(chunk)).toBeUndefined();
    const room = queue.write(chunk);
    expect(await isPending(room)).toBe(true);
    let readBytes = 0;
    const buffer = Buffer.alloc(256 * 1024);
    while (readBytes < 17 * chunk.length) {
      readBytes += readSome(readEnd, buffer);
      await new Promise(setImmediate);
    }
    await queue.whenEmpty();
    expect(readBytes).toBe(17 * chunk.length);
  });

  test('that nobody reads does not keep the process from ending', async () => {
    const entry = `import { openTerminal } from ${JSON.stringify(sourcePath('terminal/terminal.ts'))};
      const terminal = openTerminal(() => {});
      terminal.write('stdout', Buffer.alloc(${LIMITS.outputQueueBytesMax}, 10));
      terminal.write('stderr', 'written\\n');
      setImmediate(() => setTimeout(() => process.exit(7), 50));`;
    const outfile = join(directory, 'exit.mjs');
    await build({
      stdin: { contents: entry, resolveDir: directory },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    const child = spawn(process.execPath, [outfile], { stdio: ['ignore', writeEnd, 'pipe'] });
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(7);
    expect(stderr).toBe('written\n');
  });
});

function sourcePath(name: string): string {
  return fileURLToPath(new URL(`../../../src/output/${name}`, import.meta.url));
}

function readSome(descriptor: number, buffer: Buffer): number {
  try {
    return readSync(descriptor, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
