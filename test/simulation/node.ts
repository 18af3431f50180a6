/** A simulated node: its processes, its locks, its disk, and what happens to all of them when it goes down. */
import type { Node } from '../../src/core/node.ts';
import { commandProgram } from './commands.ts';
import { FlockTable } from './flock.ts';
import { KeeperModel } from './keeper-model.ts';
import type { Machine } from './machine.ts';
import { type Ending, Process, type ProcessSettings } from './process.ts';

/** Who is told what truly happened on the nodes. */
export interface Witness {
  acquired(node: SimNode, keeper: KeeperModel): void;
  /** The keeper's lock is free: it let go, ended, or was killed. May be told twice. */
  freed(node: SimNode, keeper: KeeperModel): void;
  /** The keeper's patience was counted anew. */
  fed(node: SimNode, keeper: KeeperModel, leaseMs: number): void;
  /** The keeper could not end these. */
  gaveUp(node: SimNode, processes: readonly Process[]): void;
  workStarted(node: SimNode, run: string, process: Process): void;
  workEnded(node: SimNode, run: string, process: Process, ending: Ending): void;
  /** A tool was told SYNC. */
  synced(node: SimNode, run: string, text: string): void;
  /** A keeper waits for a lock, which none ever should. */
  waits(node: SimNode, run: string): void;
  wentDown(node: SimNode): void;
}

/** A connection as the node's sshd has it. */
export interface ServerConnection {
  /** The machine went down: nothing is said to anybody. */
  vanish(): void;
  /** Its process was killed: both sides learn of it. */
  kill(): void;
}

export class SimNode {
  readonly node: Node;
  readonly machine: Machine;
  readonly witness: Witness;
  readonly Keeper: typeof KeeperModel;
  readonly flocks = new FlockTable();
  readonly paths = new Set(['/']);
  readonly connections = new Set<ServerConnection>();
  /** Those of runs that are over as well. */
  readonly keepers: KeeperModel[] = [];
  isUp = true;
  isDiskFull = false;
  refusesSessions = false;
  #lastPid = 100;
  readonly #processes = new Map<number, Process>();

  constructor(
    node: Node,
    machine: Machine,
    { witness, Keeper = KeeperModel }: { witness: Witness; Keeper?: typeof KeeperModel },
  ) {
    this.node = node;
    this.machine = machine;
    this.witness = witness;
    this.Keeper = Keeper;
  }

  spawn(settings: ProcessSettings): Process {
    const process = new Process(this, ++this.#lastPid, settings);
    this.#processes.set(process.pid, process);
    return process;
  }

  /** Runs a command of a run; one below a shell of its own is started twice, and is work but once. */
  startWork(
    parent: Process,
    { run, command, isTool }: { run: string; command: string; isTool: boolean },
  ): Process {
    const child = this.spawn({
      parent,
      name: 'sh',
      outputs: parent.outputs,
      hasOwnGroup: !/^sh$/.test(parent.name),
      run,
    });
    if (!command.includes(',nested=1')) {
      this.witness.workStarted(this, run, child);
      child.onEnd.push((ending) => this.witness.workEnded(this, run, child, ending));
    }
    return child.run(commandProgram(child, command, { run, isTool }));
  }

  processes(): Process[] {
    return [...this.#processes.values()];
  }

  /** PID:START of a keeper. */
  isAlive(identity: string): boolean {
    return this.#processes.has(Number(identity.split(':')[0]));
  }

  isEnding(identity: string): boolean {
    return this.#processes.get(Number(identity.split(':')[0]))?.name === 'lockstep-ending';
  }

  /** A process has ended: what it had open is closed. */
  forget(process: Process): void {
    this.#processes.delete(process.pid);
    this.flocks.closeAll(process.pid);
  }

  /** How long a step of a program takes, as the machine is more or less busy. */
  stepMs(): number {
    const { random } = this.machine.world;
    return random.chance(0.02) ? random.between(5, 300) : random.between(0.05, 3);
  }

  /** Power is cut, and comes back after a while. */
  reboot(downMs: number): void {
    if (!this.isUp) return;
    this.machine.world.tell(this.node.id, `goes down for ${Math.round(downMs)} ms`);
    this.isUp = false;
    for (const connection of [...this.connections]) connection.vanish();
    this.connections.clear();
    this.witness.wentDown(this);
    for (const process of this.processes()) process.vanish();
    this.flocks.clear();
    this.machine.world.after(downMs, () => {
      this.isUp = true;
    });
  }
}
