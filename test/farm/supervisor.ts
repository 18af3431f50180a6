/** The one process that the test runner keeps for a farm: it starts nodes when asked, and all of them end with it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from '../patience.ts';
import type { Place } from './canary.ts';
import type { FarmNode } from './node.ts';
import { until } from './process.ts';

export interface SupervisorOptions {
  readonly directory: string;
  readonly image: string;
  readonly storage: 'memory' | 'disk';
  readonly server: 'openssh' | 'dropbear';
}

export interface BootRequest {
  readonly number: number;
  readonly host: string;
}

export class Supervisor {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #directory: string;
  readonly #ended: Promise<unknown>;
  /** Process 1 of each node that was started and not yet asked for. */
  readonly #booted = new Map<number, number>();
  #failed: string | undefined;
  #errors = '';

  constructor({ directory, image, storage, server }: SupervisorOptions) {
    this.#directory = directory;
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child=KILL'];
    // A session of its own, so that ^C reaches the test runner alone; the end of standard input then ends the farm in order.
    this.#child = spawn('unshare', [...namespaces, 'sh', script, directory, image, storage, server], {
      detached: true,
      env: { PATH: process.env.PATH },
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => {
      this.#errors += text;
    });
    let rest = '';
    this.#child.stdout.on('data', (text) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#hear(line);
    });
  }

  /** Gives the pids of the nodes' processes 1, in the order of the request. */
  async boot(nodes: readonly BootRequest[]): Promise<number[]> {
    this.#child.stdin.write(`boot ${nodes.map(({ number, host }) => `${number}=${host}`).join(' ')}\n`);
    const areAllBooted = () => {
      if (this.#child.exitCode !== null) throw new Error('the farm ended');
      if (this.#failed !== undefined) throw new Error(`node ${this.#failed} did not boot`);
      return nodes.every(({ number }) => this.#booted.has(number));
    };
    await until('the nodes boot', areAllBooted, bootLimits).catch((error: Error) => {
      throw new Error(`${error.message}; ${this.#errors.trim()}`);
    });
    return nodes.map(({ number }) => {
      const pid = this.#booted.get(number) as number;
      this.#booted.delete(number);
      return pid;
    });
  }

  /** What each node has written, wherever it is mounted: its layer of files, and /run while it is up. */
  disks(nodes: readonly FarmNode[]): Place[] {
    return nodes.flatMap((node) => {
      const { name } = node;
      const upper = join(
        `/proc/${this.#child.pid}/root`,
        this.#directory,
        'nodes',
        name.slice('node-'.length),
        'upper',
      );
      return [
        { path: upper, name: `${name}:` },
        ...(node.isUp ? [{ path: join(node.directory, 'run'), name: `${name}:/run` }] : []),
      ];
    });
  }

  /** By the end of its input; by force when that takes too long. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS.wait);
    await this.#ended;
    clearTimeout(timer);
  }

  #hear(line: string): void {
    const [word, number, pid] = line.split(' ');
    if (word === 'booted') this.#booted.set(Number(number), Number(pid));
    if (word === 'failed') this.#failed = number;
  }
}

/** A thousand nodes take some 15 seconds on two cores. */
export const bootLimits = { pauseMs: 20 };

const script = fileURLToPath(new URL('supervisor.sh', import.meta.url));
