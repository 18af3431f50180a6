/** Plays exchanges on the simulated node. */
import { type CommandTraits, commandText } from './commands.ts';
import type { Deed } from './exchange.ts';
import { Machine } from './machine.ts';
import { SimNode, type Witness } from './node.ts';
import type { KeeperStart, Player } from './play.ts';
import type { Ending, Process } from './process.ts';
import { startProgram } from './programs.ts';
import type { Planted } from './simulate.ts';
import { World } from './world.ts';

const DEEDS: Readonly<Record<Deed, CommandTraits>> = {
  'works on': { kind: 'work', ms: 300_000 },
  'works on, stubborn': { kind: 'work', ms: 300_000, stubborn: 1 },
  'works a second': { kind: 'work', ms: 1_000 },
  'exits with 3': { kind: 'work', ms: 10, code: 3 },
  'leaves work behind': { kind: 'work', ms: 10, leaves: 1 },
  'leaves a daemon behind': { kind: 'work', ms: 10, leaves: 2 },
};

const LOCK = '/srv/lock';
/** In virtual time; nothing takes longer. */
const PATIENCE_MS = 30_000;

interface Session {
  readonly reader: Process;
  readonly main: Process;
  readonly job: Process | undefined;
  output: string;
  ending: Ending | undefined;
  path: string;
}

export class SimulatedPlayer implements Player {
  readonly #world = new World(1);
  readonly #node: SimNode;
  readonly #sessions = new Map<string, Session>();
  readonly #work = new Map<string, Process>();
  /** Names of commands that were ordered, and have not begun. */
  readonly #ordered: { readonly run: string; readonly name: string }[] = [];
  #seen: 'gone' | 'at work' | undefined;

  constructor({ Keeper }: Planted = {}) {
    const witness: Witness = {
      acquired: ignore,
      freed: ignore,
      fed: ignore,
      gaveUp: ignore,
      workEnded: ignore,
      synced: ignore,
      waits: ignore,
      wentDown: ignore,
      workStarted: (_node, run, process) => {
        const at = this.#ordered.findIndex((order) => order.run === run);
        const [order] = this.#ordered.splice(at, 1);
        if (order !== undefined) this.#work.set(order.name, process);
      },
    };
    this.#node = new SimNode(
      { id: 'node', user: 'u', host: 'node', port: 22, given: 'node' },
      new Machine(this.#world, 'node'),
      { witness, ...(Keeper === undefined ? {} : { Keeper }) },
    );
    this.#node.paths.add(LOCK);
  }

  startKeeper(name: string, { kind, lease, grace, isPathMissing, make, number }: KeeperStart): void {
    const path = isPathMissing ? '/srv/missing' : LOCK;
    const since = `2026-01-01T00:00:0${number}Z`;
    this.#start(name, ['lockstep-keeper', 'ann@ctl', name, since, path, 'why', '-C', '0', kind], path);
    this.#session(name).reader.feed(`token ${lease} ${grace} ${kind} ${make}`);
  }

  async startWorker(name: string, of: string, { does, job }: { does: Deed; job: string }): Promise<void> {
    await this.until(`${of} says ACQUIRED`, () =>
      this.replies(of).some((reply) => reply.startsWith('ACQUIRED')),
    );
    const identity = this.replies(of)[0]?.split(' ')[1] ?? '';
    this.#ordered.push({ run: of, name });
    const { path } = this.#session(of);
    this.#start(name, ['lockstep-hand', of, job, path, identity, commandText(DEEDS[does])]);
    this.#session(name).reader.feed('token');
  }

  go(name: string, to: string, does: Deed): void {
    this.#ordered.push({ run: to, name });
    this.#session(to).reader.feed(`GO ${commandText(DEEDS[does])}`);
  }

  send(to: string, text: string): void {
    for (const line of text.split('\n')) this.#session(to).reader.feed(line);
  }

  endInput(name: string): void {
    this.#session(name).reader.endInput();
  }

  async kill(name: string): Promise<void> {
    this.#session(name).reader.signal('KILL');
  }

  async killJob(name: string): Promise<void> {
    this.#session(name).job?.signal('KILL');
  }

  async killWorker(name: string): Promise<void> {
    this.#session(name).main.signal('KILL');
  }

  replies(name: string): string[] {
    return [...this.#session(name).output.matchAll(/token (.*)\n/g)].map(([, reply = '']) => reply);
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    await this.#world.run(this.#world.nowMs + PATIENCE_MS, isSo);
    if (!isSo()) throw new Error(`never: ${what}`);
  }

  exitCode(name: string): number | undefined {
    const { ending } = this.#session(name);
    if (ending === undefined) return undefined;
    return 'code' in ending ? ending.code : 137;
  }

  hasBegun(name: string): boolean {
    return this.#work.has(name);
  }

  isAtWork(name: string): boolean {
    const process = this.#work.get(name);
    if (process === undefined) return false;
    // Also what it left, in its group or not.
    return this.#node
      .processes()
      .some((each) => each === process || (each.name === 'leftover' && each.parent === process));
  }

  async pass(seconds: number): Promise<void> {
    await this.#world.run(this.#world.nowMs + seconds * 1000, () => false);
  }

  async startWitness(of: string): Promise<void> {
    const file = this.#node.flocks.open(LOCK, 1);
    this.#node.flocks.waitForLock(file, 'exclusive', () => {
      this.#seen = this.isAtWork(of) ? 'at work' : 'gone';
      this.#node.flocks.closeAll(1);
    });
  }

  witnessed(): 'gone' | 'at work' | undefined {
    return this.#seen;
  }

  #start(name: string, words: readonly string[], path = LOCK): void {
    const outputs = {
      stdout: (text: string) => {
        this.#session(name).output += text;
      },
      stderr: ignore,
    };
    // The session is known before its program's first word.
    const { main, reader, job } = startProgram(this.#node, words, outputs);
    const fresh: Session = { main, reader, job, output: '', ending: undefined, path };
    this.#sessions.set(name, fresh);
    main.onEnd.push((ending) => {
      fresh.ending = ending;
    });
  }

  #session(name: string): Session {
    const found = this.#sessions.get(name);
    if (found === undefined) throw new Error(`no session ${name}`);
    return found;
  }
}

function ignore(): void {}
