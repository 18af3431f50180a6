/**
 * What must hold in every simulated world, looked at with each thing that happens. The checkers see all machines at once
 * and the one true time, so they need none of the arithmetic that they check.
 */
import type { KeeperModel } from './keeper-model.ts';
import type { SimNode, Witness } from './node.ts';
import type { Ending, Process } from './process.ts';
import { type Believer, exclude, type Run, type Violation } from './records.ts';
import type { World } from './world.ts';

export class Checkers implements Witness {
  /** The first one. */
  violation: Violation | undefined;
  readonly #world: World;
  readonly #runs = new Map<string, Run>();
  readonly #givenUp = new Set<Process>();

  constructor(world: World) {
    this.#world = world;
  }

  addRun(controller: Believer, nodes: readonly SimNode[]): void {
    this.#runs.set(controller.name, {
      controller,
      nodes,
      holdings: new Map(),
      waitsAt: new Set(),
      work: new Map(),
      endings: new Map(nodes.map((node) => [node, []])),
      syncs: [],
      heard: new Map(),
    });
  }

  acquired(node: SimNode, keeper: KeeperModel): void {
    this.#tell(node, `keeper of ${keeper.run} has the lock`);
    for (const [name, { holdings, work }] of this.#runs) {
      const other = holdings.get(node);
      if (name === keeper.run || other === undefined || !exclude(keeper, other.keeper)) continue;
      if (!other.isFree) this.#violate('L1', `${node.node.id} is held by ${name} and by ${keeper.run}`);
      if ([...work.values()].includes(node)) {
        this.#violate('L6', `${keeper.run} holds ${node.node.id} while ${name} is still at work there`);
      }
    }
    const holding = {
      keeper,
      isFree: false,
      isLetGo: false,
      fedAtMs: this.#world.nowMs,
      leaseMs: Number.POSITIVE_INFINITY,
    };
    this.#runOf(keeper.run).holdings.set(node, holding);
  }

  fed(node: SimNode, keeper: KeeperModel, leaseMs: number): void {
    const holding = this.#runOf(keeper.run).holdings.get(node);
    if (holding === undefined) return;
    holding.fedAtMs = this.#world.nowMs;
    holding.leaseMs = leaseMs;
  }

  freed(node: SimNode, keeper: KeeperModel): void {
    const { controller, holdings, work } = this.#runOf(keeper.run);
    const holding = holdings.get(node);
    if (holding === undefined || holding.keeper !== keeper || holding.isFree) return;
    holding.isFree = true;
    if (keeper.kind !== 'n') this.#expectNotice(controller, node, keeper);
    const { ending } = keeper.self;
    holding.isLetGo = ending === undefined || 'code' in ending;
    this.#tell(node, `the lock of ${keeper.run} is free${holding.isLetGo ? '' : ': its keeper was killed'}`);
    const left = [...work].filter(([process, at]) => at === node && !this.#givenUp.has(process));
    if (holding.isLetGo && left.length > 0) {
      const pids = left.map(([{ pid }]) => pid).join(', ');
      this.#violate('L6', `${node.node.id} was freed by ${keeper.run} while its work goes on: pid ${pids}`);
    }
  }

  #expectNotice(controller: Believer, node: SimNode, keeper: KeeperModel): void {
    const { nowMs } = this.#world;
    this.#world.after(controller.noticeMs, () => {
      // A run that waited may have taken the lock again meanwhile, by another keeper.
      const isLast = this.#runOf(controller.name).holdings.get(node)?.keeper === keeper;
      if (!isLast || !controller.isSureOfLocks || controller.wasFrozenSince(nowMs)) return;
      const text = `${controller.name} works on, ${controller.noticeMs} ms after ${node.node.id} was freed`;
      this.#violate('L9', text);
    });
  }

  gaveUp(node: SimNode, processes: readonly Process[]): void {
    for (const process of processes) this.#givenUp.add(process);
    if (processes.length > 0) this.#tell(node, 'processes could not be ended');
  }

  /** A controller sends the order to begin something. */
  workSent(run: string, node: SimNode, what: string): void {
    const { nodes, holdings } = this.#runOf(run);
    this.#tell(node, `${run} sends ${what}`);
    for (const each of nodes) {
      const holding = holdings.get(each);
      if (holding === undefined) {
        this.#violate('L2', `${run} sends ${what} to ${node.node.id} before ${each.node.id} is locked`);
      } else if (holding.keeper.kind !== 'n' && this.#world.nowMs >= holding.fedAtMs + holding.leaseMs) {
        const lateMs = Math.round(this.#world.nowMs - holding.fedAtMs - holding.leaseMs);
        const text = `${lateMs} ms after the lease of ${each.node.id} ran out`;
        this.#violate('L2', `${run} sends ${what} to ${node.node.id} ${text}`);
      }
    }
  }

  workStarted(node: SimNode, run: string, process: Process): void {
    const { holdings, work } = this.#runOf(run);
    this.#tell(node, `work of ${run} begins: pid ${process.pid}`);
    work.set(process, node);
    const holding = holdings.get(node);
    // A keeper that is killed at this very moment cannot help it: the next run is told DRAINING.
    if (holding === undefined || holding.isLetGo) {
      this.#violate('L7', `work of ${run} begins on ${node.node.id}, which it does not hold`);
    }
    for (const [name, other] of this.#runs) {
      const theirs = other.holdings.get(node);
      if (name === run || theirs === undefined || holding === undefined) continue;
      if (exclude(holding.keeper, theirs.keeper) && [...other.work.values()].includes(node)) {
        this.#violate('L1', `${run} and ${name} are at work on ${node.node.id} at once`);
      }
    }
  }

  workEnded(node: SimNode, run: string, process: Process, ending: Ending): void {
    const { work, endings } = this.#runOf(run);
    this.#tell(node, `work of ${run} ends: pid ${process.pid} ${JSON.stringify(ending)}`);
    work.delete(process);
    endings.get(node)?.push(ending);
  }

  /** All tools hear the same words in the same order. */
  synced(node: SimNode, run: string, text: string): void {
    const { syncs, heard } = this.#runOf(run);
    const count = heard.get(node) ?? 0;
    heard.set(node, count + 1);
    if (count === syncs.length) syncs.push(text);
    if (syncs[count] !== text)
      this.#violate('order of SYNC', `${node.node.id} heard${text}, others${syncs[count]}`);
  }

  /** Runs that wait for each other wait for ever. */
  waits(node: SimNode, run: string): void {
    this.#tell(node, `${run} waits for the lock`);
    this.#runOf(run).waitsAt.add(node);
    const seen = new Set<string>();
    const lookAt = (waiting: string): boolean => {
      if (seen.has(waiting)) return false;
      seen.add(waiting);
      return [...this.#runOf(waiting).waitsAt].some((at) =>
        this.#holdersAt(at).some((holder) => holder !== waiting && (holder === run || lookAt(holder))),
      );
    };
    if (lookAt(run)) this.#violate('L12', `${run} waits at ${node.node.id} for a run that waits for it`);
  }

  #holdersAt(node: SimNode): string[] {
    return [...this.#runs]
      .filter(([, { holdings }]) => holdings.get(node)?.isFree === false)
      .map(([name]) => name);
  }

  wentDown(): void {}

  /** A controller reports that all is well; each command was to end so often, with these codes. */
  reportedWell(run: string, commandsPerNode: number): void {
    for (const [node, endings] of this.#runOf(run).endings) {
      const isDone =
        endings.length === commandsPerNode &&
        endings.every((ending) => 'code' in ending && ending.code === 0);
      if (isDone) continue;
      const text = `${run} reports success, and on ${node.node.id} its commands ended so: ${JSON.stringify(endings)}`;
      this.#violate('honest report', text);
    }
  }

  /** Time has passed without faults, and no run needed it all. */
  expectQuiet(nodes: readonly SimNode[], unfinished: readonly string[]): void {
    for (const run of unfinished) this.#violate('every run ends', `${run} still waits`);
    for (const node of nodes) {
      const holders = node.keepers.filter(({ isHolding }) => isHolding).map(({ run }) => run);
      if (holders.length > 0) this.#violate('L4', `${node.node.id} is never freed by ${holders.join(', ')}`);
      else if (node.flocks.isLocked('/')) this.#violate('L4', `${node.node.id} is locked by nobody`);
    }
  }

  expect(isKept: boolean, promise: string, text: string): void {
    if (!isKept) this.#violate(promise, text);
  }

  #violate(promise: string, text: string): void {
    this.#world.tell('CHECKER', `${promise} is broken: ${text}`);
    this.violation ??= { promise, text, atMs: this.#world.nowMs };
  }

  #runOf(run: string): Run {
    const found = this.#runs.get(run);
    if (found === undefined) throw new Error(`nobody knows of ${run}`);
    return found;
  }

  #tell(node: SimNode, what: string): void {
    this.#world.tell(node.node.id, what);
  }
}
