/** A process of a simulated node: a program that is written as a generator, and yields where a real one would wait. */
import type { SimNode } from './node.ts';

export type Wait =
  /** Comes back with a line of stdin, or with nothing at its end or after a signal. */
  | { readonly kind: 'line' }
  | { readonly kind: 'sleep'; readonly ms: number }
  /** Comes back when that process has ended. */
  | { readonly kind: 'end'; readonly of: Process }
  /** Comes back when `begin` was told so. */
  | { readonly kind: 'until'; readonly begin: (done: () => void) => void };

/** Returns the exit code. */
export type Program = Generator<Wait, number, string | undefined>;

export type Signal = 'TERM' | 'KILL' | 'ALRM';
export type Ending = { readonly code: number } | { readonly signal: Signal };

/** Where a process writes. */
export interface Outputs {
  stdout(text: string): void;
  stderr(text: string): void;
}

export interface ProcessSettings {
  /** undefined: a session, and so a process group, of its own. */
  readonly parent: Process | undefined;
  readonly name: string;
  readonly outputs: Outputs;
  readonly hasOwnGroup?: boolean;
  /** LOCKSTEP_RUN in its environment, which its children have too. */
  readonly run?: string;
}

export class Process {
  readonly node: SimNode;
  readonly pid: number;
  readonly parent: Process | undefined;
  readonly group: number;
  readonly outputs: Outputs;
  readonly itsRun: string | undefined;
  /** What it calls itself, and the run and path in its arguments. */
  name: string;
  record: { readonly run: string; readonly lockPath: string; readonly job: string } | undefined;
  ending: Ending | undefined;
  /** Neither signal nor KILL ends it before it wakes up by itself: a hanging disk. */
  isStuck = false;
  readonly handlers: { [signal in Signal]?: 'ignore' | (() => void) } = {};
  readonly onEnd: ((ending: Ending) => void)[] = [];
  #lines: string[] = [];
  /** A command that reads what its parent was given. */
  #heir: Process | undefined;
  #isInputOver = false;
  #program: Program | undefined;
  #wait: Wait | undefined;
  #cancelWait = () => {};

  constructor(node: SimNode, pid: number, { parent, name, outputs, hasOwnGroup, run }: ProcessSettings) {
    this.itsRun = run ?? parent?.itsRun;
    this.node = node;
    this.pid = pid;
    this.parent = parent;
    this.group = parent === undefined || hasOwnGroup ? pid : parent.group;
    this.name = name;
    this.outputs = outputs;
  }

  /** PID:START, as the keeper's own; a pid is never used twice here. */
  get identity(): string {
    return `${this.pid}:${this.pid}`;
  }

  get isAlive(): boolean {
    return this.ending === undefined;
  }

  run(program: Program): this {
    this.#program = program;
    this.#resume(undefined);
    return this;
  }

  /** A line, without its newline, arrives on its stdin. */
  feed(line: string): void {
    if (this.#heir !== undefined) return this.#heir.feed(line);
    this.#lines.push(line);
    this.#wakeReader();
  }

  endInput(): void {
    this.#isInputOver = true;
    this.#heir?.endInput();
    this.#wakeReader();
  }

  /** From here what comes on this process's stdin is for the child. */
  handInputTo(child: Process): void {
    for (const unread of this.#lines) child.feed(unread);
    this.#lines = [];
    if (this.#isInputOver) child.endInput();
    this.#heir = child;
  }

  signal(signal: Signal): void {
    if (this.ending !== undefined || this.isStuck) return;
    const handler = signal === 'KILL' ? undefined : this.handlers[signal];
    if (handler === 'ignore') return;
    if (handler === undefined) return this.#end({ signal });
    handler();
    // A trap ends a shell's read; a command in the foreground is waited for.
    if (this.#wait?.kind === 'line') this.#resume(undefined);
  }

  /** The machine goes down. */
  vanish(): void {
    this.isStuck = false;
    this.#end({ signal: 'KILL' });
  }

  #resume(value: string | undefined): void {
    this.#cancelWait();
    this.#wait = undefined;
    const next = this.#program?.next(value);
    if (next === undefined || this.ending !== undefined) return;
    if (next.done) return this.#end({ code: next.value });
    this.#wait = next.value;
    this.#begin(next.value);
  }

  #begin(wait: Wait): void {
    const proceed = (value?: string) => {
      if (this.#wait === wait && this.ending === undefined) this.#resume(value);
    };
    switch (wait.kind) {
      case 'line':
        return this.#wakeReader();
      case 'sleep':
        this.#cancelWait = this.node.machine.after(wait.ms, proceed);
        return;
      case 'end':
        if (wait.of.ending !== undefined) this.#cancelWait = this.node.machine.after(0, proceed);
        else wait.of.onEnd.push(() => this.node.machine.after(0, proceed));
        return;
      case 'until':
        return wait.begin(() => this.node.machine.after(0, proceed));
      default:
        wait satisfies never;
    }
  }

  #wakeReader(): void {
    const wait = this.#wait;
    if (wait?.kind !== 'line' || (this.#lines.length === 0 && !this.#isInputOver)) return;
    this.#cancelWait();
    this.#cancelWait = this.node.machine.after(this.node.stepMs(), () => {
      if (this.#wait === wait) this.#resume(this.#lines.shift());
    });
  }

  #end(ending: Ending): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    this.#cancelWait();
    this.#wait = undefined;
    this.node.forget(this);
    for (const told of this.onEnd) told(ending);
  }
}

export const line: Wait = { kind: 'line' };

export function sleep(ms: number): Wait {
  return { kind: 'sleep', ms };
}

/** As a shell tells it. */
export function codeOf(ending: Ending | undefined): number {
  if (ending === undefined) return 0;
  if ('code' in ending) return ending.code;
  return { TERM: 143, KILL: 137, ALRM: 142 }[ending.signal];
}
