/** One command on a node: a process of ssh that shares the connection of a master. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable } from 'node:stream';
import { LIMITS } from '../../core/limits/limits.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import type { Channel, ChannelSinks } from '../transport.ts';
import type { SshLog } from './log.ts';

export interface OpensshChannelParts {
  readonly child: ChildProcessWithoutNullStreams;
  readonly log: SshLog;
  readonly sinks: ChannelSinks;
  /** Why the connection is gone, once that is known; undefined while it is not gone. */
  lossReason(): Promise<string | undefined>;
}

export class OpensshChannel implements Channel {
  readonly result: Promise<ChannelResult>;
  readonly #child: ChildProcessWithoutNullStreams;
  #settle: (result: ChannelResult) => void = () => {};
  #writers: (() => void)[] = [];
  #isInputOver = false;
  #isDropping = false;

  /** Must run in the same call that starts the process. */
  constructor({ child, log, sinks, lossReason }: OpensshChannelParts) {
    this.#child = child;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    child.stdin.on('drain', () => this.#releaseWriters());
    // The command has ended, or takes no more.
    child.stdin.on('error', () => this.#endInput());
    child.once('exit', () => this.#endInput());
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const outputs = [
      this.#read(child.stdout, (chunk) => sinks.onStdout(chunk)),
      this.#read(child.stderr, (chunk) => sinks.onStderr(chunk)),
    ];
    void Promise.all([exited, ...outputs]).then(async () => {
      const status = reportedStatus(log.text());
      log.close();
      this.#settle(
        status !== undefined
          ? { kind: 'code', code: status }
          : { kind: 'lost', reason: (await lossReason()) ?? 'ssh tells no exit status: a signal, perhaps' },
      );
    });
  }

  write(chunk: Uint8Array | string): Promise<void> {
    if (this.#isInputOver || this.#child.stdin.write(chunk)) return DONE;
    if (this.#child.stdin.writableLength < LIMITS.channelQueueBytesMax) return DONE;
    return new Promise((resolve) => this.#writers.push(resolve));
  }

  end(): void {
    if (this.#isInputOver) return;
    this.#isInputOver = true;
    this.#child.stdin.end();
  }

  close(): void {
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#endInput();
    this.#settle({ kind: 'lost', reason: 'lockstep closed the channel' });
    this.#child.kill('SIGTERM');
    this.#child.stdout.resume();
    this.#child.stderr.resume();
  }

  /** Resolves when the sink has taken all of it. */
  #read(output: Readable, sink: (chunk: Buffer) => void | Promise<void>): Promise<void> {
    let held: Promise<void> | undefined;
    output.on('data', (chunk: Buffer) => {
      if (this.#isDropping) return;
      held = sink(chunk) ?? undefined;
      if (held === undefined) return;
      output.pause();
      void held.then(() => output.resume());
    });
    output.on('error', () => {});
    return new Promise((resolve) => {
      output.once('close', () => resolve(held ?? DONE));
    });
  }

  #releaseWriters(): void {
    for (const resolve of this.#writers.splice(0)) resolve();
  }

  #endInput(): void {
    this.#isInputOver = true;
    this.#releaseWriters();
  }
}

const DONE = Promise.resolve();

/** ssh ends with 255 for its own troubles, and so may a command: only the log shows whether the server sent a status. */
function reportedStatus(log: string): number | undefined {
  const code = /^debug\d: .*Received exit status from master (\d+)\s*$/m.exec(log)?.[1];
  return code === undefined ? undefined : Number(code);
}
