/** How the demo's nodes run commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

export interface CommandSettings {
  readonly home: string;
  readonly user: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * One command that a client asked for, in a session and process group of its own, as under sshd: when the client
 * goes, its pipes close and it lives on.
 */
export class EmbeddedCommand {
  readonly #child: ChildProcess;
  readonly #channel: ServerChannel;
  readonly #outputs: ChannelOutputs;

  constructor(
    command: string,
    channel: ServerChannel,
    { home, user, shell = '/bin/sh', env }: CommandSettings,
  ) {
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const child = spawn(shell, ['-c', command], {
      cwd: home,
      env: { HOME: home, PATH: path, USER: user, LOGNAME: user, SHELL: shell, ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#channel = channel;
    this.#outputs = new ChannelOutputs(channel);
    // ssh2 closes a channel that has ended on both sides by itself, and would lose the exit status.
    channel.destroy = () => channel;
    channel.on('error', () => {});
    child.on('error', () => this.#exit(126, null));
    pumpInput(channel, child.stdin);
    this.#outputs.pump(child.stdout, channel);
    this.#outputs.pump(child.stderr, channel.stderr);
    child.on('close', (code, signal) => this.#exit(code, signal));
    // The event `close` would wait until everything that arrived was read.
    const close = channel.close.bind(channel);
    channel.close = () => {
      close();
      this.disconnect();
    };
  }

  /** The client is gone: the command reads the end of its input, and writes to nobody. */
  disconnect(): void {
    this.#outputs.stop();
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** Nothing of its process group is left. */
  isOver(): boolean {
    const { pid } = this.#child;
    if (pid === undefined) return true;
    try {
      process.kill(-pid, 0);
      return false;
    } catch {
      return true;
    }
  }

  /** Ends the process group, and resolves when the command itself is gone. */
  async kill(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined || this.isOver()) return;
    const isRunning = this.#child.exitCode === null && this.#child.signalCode === null;
    const gone = isRunning ? new Promise((resolve) => this.#child.once('exit', resolve)) : undefined;
    process.kill(-pid, 'SIGKILL');
    await gone;
  }

  /** The status goes out behind the last byte of both outputs. */
  async #exit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    await this.#outputs.flushed();
    if (signal !== null && SIGNALS.has(signal)) this.#channel.exit(signal);
    else this.#channel.exit(code ?? 255);
    this.#channel.end();
  }
}

/** The signals that SSH has names for (RFC 4254, 6.10), as far as Node knows them. */
const SIGNALS: ReadonlySet<string> = new Set(
  'ABRT ALRM FPE HUP ILL INT KILL PIPE QUIT SEGV TERM USR1 USR2'.split(' ').map((name) => `SIG${name}`),
);

function pumpInput(channel: ServerChannel, stdin: Writable): void {
  // A command need not read its input.
  stdin.on('error', () => channel.resume());
  stdin.on('drain', () => channel.resume());
  stdin.on('close', () => channel.resume());
  channel.on('data', (chunk: Buffer) => {
    if (stdin.writable && !stdin.write(chunk)) channel.pause();
  });
  channel.on('end', () => stdin.end());
}

/**
 * Both outputs of a channel, written one chunk at a time: an ssh2 server that has both of them waiting for
 * window, or one of them after the other, sends old data again and forgets the new.
 */
class ChannelOutputs {
  readonly #channel: ServerChannel;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;
  #release: () => void = () => {};

  constructor(channel: ServerChannel) {
    this.#channel = channel;
  }

  pump(source: Readable, target: Writable): void {
    source.on('error', () => {});
    target.on('error', () => {});
    source.on('data', (chunk: Buffer) => {
      source.pause();
      this.#last = this.#last.then(() => this.#write(target, chunk));
      void this.#last.then(() => source.resume());
    });
  }

  flushed(): Promise<void> {
    return this.#last;
  }

  stop(): void {
    this.#isClosed = true;
    this.#release();
  }

  /** Resolves when the channel took the chunk, or is gone: then ssh2 would not call back. */
  #write(target: Writable, chunk: Buffer): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#release = resolve;
      target.write(chunk, () => {
        Object.assign(this.#channel, { _chunk: undefined, _chunkcb: undefined });
        resolve();
      });
    });
  }
}
