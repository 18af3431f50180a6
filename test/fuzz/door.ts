/** What starts commands on a node: a small process that stays there, since a fork of this large one costs more than all else. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Its name in the command lines of the node. */
export const DOOR = 'fuzz-door';

/** Where the named pipes of a node are. A seed needs fewer: none is used again while something may hold it. */
const PIPES_DIRECTORY = '/mnt/pipes';
const PIPES = 256;

export interface Command {
  /** For sh, in one line. */
  readonly text: string;
  readonly umask: number;
}

export interface Started {
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** As `$?` says it. */
  readonly ended: Promise<number>;
}

/** How a door is made: the line of a program that runs what follows on the node, and what it runs there. */
export interface DoorPlan {
  readonly entering: readonly [string, ...string[]];
  readonly text: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** All doors of a node. */
export class Doors {
  readonly #root: string;
  readonly #free = new Map<string, Door[]>();
  #pipes = 0;

  /** `root`: the node's root directory as this process sees it. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Through a door of this account that nobody uses; one that is not there is made. */
  async start(account: string, plan: DoorPlan, command: Command): Promise<Started> {
    const free = this.#free.get(account) ?? [];
    this.#free.set(account, free);
    const door = free.pop() ?? new Door(plan);
    this.#pipes = (this.#pipes + 1) % PIPES;
    const started = await door.start(this.#root, this.#pipes, command);
    void started.ended.then(() => free.push(door));
    return started;
  }
}

/** The code of what ended with its node. */
const GONE = 137;

class Door {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string, undefined>;

  constructor({ entering: [program, ...rest], text, home, env }: DoorPlan) {
    this.#child = spawn(program, [...rest, 'sh', '-c', text, DOOR, PIPES_DIRECTORY, home], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    // It lasts as long as its node, and keeps nobody waiting.
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout]) (stream as unknown as Socket).unref();
  }

  async start(root: string, number: number, { text, umask }: Command): Promise<Started> {
    const { O_RDONLY, O_RDWR, O_NONBLOCK } = constants;
    const open = (end: string, flags: number) =>
      openSync(`${root}${PIPES_DIRECTORY}/${number}.${end}`, flags | O_NONBLOCK);
    // Nobody can open a pipe for writing alone before somebody reads.
    const stdin = new Socket({ fd: open('in', O_RDWR), readable: false, writable: true });
    const stdout = new Socket({ fd: open('out', O_RDONLY), readable: true, writable: false });
    const stderr = new Socket({ fd: open('err', O_RDONLY), readable: true, writable: false });
    this.#child.stdin.write(`${number} ${umask.toString(8)} ${text}\n`);
    await this.#lines.next();
    const ended = this.#lines.next().then(({ value }) => Number(value ?? GONE));
    return { stdin, stdout, stderr, ended };
  }
}
