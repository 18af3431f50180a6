/** A whole run on simulated nodes, which speak the keeper's protocol: `run(request, here)` as it ships, without root and ssh. */
import { expect } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import type { Ending } from '../../../src/run/ending.ts';
import { run } from '../../../src/run/run.ts';
import type { Surroundings } from '../../../src/run/surroundings.ts';
import type { Transport } from '../../../src/ssh/transport.ts';
import { Machine } from '../../simulation/machine.ts';
import { Link } from '../../simulation/network.ts';
import { SimNode, type Witness } from '../../simulation/node.ts';
import { SimTransport } from '../../simulation/transport.ts';
import { World } from '../../simulation/world.ts';
import { testSurroundings } from '../../surroundings.ts';
import { Ear, nodeAt, requestFor } from './fixtures.ts';

const ignore = () => {};
const WITNESS: Witness = {
  acquired: ignore,
  freed: ignore,
  fed: ignore,
  gaveUp: ignore,
  workStarted: ignore,
  workEnded: ignore,
  synced: ignore,
  waits: ignore,
  wentDown: ignore,
};

/** Nodes `a`, `b`, … of root, and a controller that reaches them. */
export class Fleet {
  readonly world = new World(1);
  readonly machine = new Machine(this.world, 'controller');
  readonly nodes: readonly SimNode[];
  readonly hosts: readonly string[];
  /** They do not answer when they are connected to. */
  readonly unreachable = new Set<string>();
  /** Whom it was connected to, and how many of those connections are open. */
  readonly connected: string[] = [];
  open = 0;
  /** Commands that were begun on the nodes. */
  readonly begun: string[] = [];
  readonly transport: Transport;
  readonly #links: ReadonlyMap<string, Link>;

  constructor(hosts: readonly string[] = ['a', 'b', 'c']) {
    this.hosts = hosts;
    const witness = {
      ...WITNESS,
      workStarted: ({ node }: SimNode) => void this.begun.push(node.host),
    };
    this.nodes = hosts.map((host) => new SimNode(nodeAt(host), new Machine(this.world, host), { witness }));
    const routes = new Map(
      this.nodes.map((node) => [node.node.id, { node, link: new Link(this.world) }] as const),
    );
    this.#links = new Map([...routes.values()].map(({ node, link }) => [node.node.host, link]));
    const simulated = new SimTransport(this.machine, routes, ignore);
    this.transport = {
      connect: async (node, signal) => {
        this.connected.push(node.host);
        if (this.unreachable.has(node.host)) throw new LockstepError('unreachable', 'no answer', { node });
        const connection = await simulated.connect(node, signal);
        this.open++;
        void connection.closed.then(() => this.open--);
        return connection;
      },
    };
  }

  /** Nothing gets through to this node or from it any more. */
  cut(host: string): void {
    this.#links.get(host)?.cut(['up', 'down'], 3_600_000);
  }

  /** Somebody else holds the lock of this node. */
  lock(host: string): void {
    const { flocks } = this.#at(host);
    flocks.waitForLock(flocks.open('/', 1), 'exclusive', ignore);
  }

  /** On this node the command is another one. */
  replaceCommand(host: string, command: string): void {
    const node = this.#at(host);
    node.startWork = (parent, how) => SimNode.prototype.startWork.call(node, parent, { ...how, command });
  }

  areAllFree(): boolean {
    return this.nodes.every(({ flocks }) => !flocks.isLocked('/'));
  }

  processes(): string[] {
    return this.nodes.flatMap((node) => node.processes().map(({ name }) => name));
  }

  /** Runs it to its end. `on` hears each event as it comes, and may abort. */
  async run(
    given: Parameters<typeof requestFor>[0] = {},
    {
      on = ignore,
      ...here
    }: Partial<Surroundings> & {
      on?: (event: RunEvent, abort: (reason: LockstepError) => void) => void | Promise<void>;
    } = {},
  ): Promise<Ending & { readonly ear: Ear }> {
    const ear = new Ear();
    const abort = new AbortController();
    const hear = (event: RunEvent) => {
      ear.hear(event);
      return on(event, (reason) => abort.abort(reason));
    };
    const request = requestFor({ targets: { hosts: this.hosts.map((host) => `root@${host}`) }, ...given });
    const surroundings = testSurroundings(this.transport, {
      clock: this.machine,
      random: () => this.world.random.fraction(),
      signal: abort.signal,
      hear,
      ...here,
    });
    let isOver = false;
    const ending = run(request, surroundings).finally(() => {
      isOver = true;
    });
    ending.catch(() => {});
    // An event of the world, and then whatever files are read and modules loaded in this process.
    while (!isOver) {
      let looks = 0;
      await this.world.run(Number.MAX_SAFE_INTEGER, () => isOver || ++looks > 1);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return { ...(await ending), ear };
  }

  /** Lets the nodes come to rest. */
  async rest(forMs = 120_000): Promise<void> {
    await this.world.run(this.world.nowMs + forMs, () => false);
  }

  #at(host: string): SimNode {
    const node = this.nodes[this.hosts.indexOf(host)];
    if (node === undefined) throw new RangeError(`no node ${host}`);
    return node;
  }
}

/** A command that is at work for half a second. */
export const WORKS_A_WHILE = 'simulate:work,ms=500';
export const command = (text = WORKS_A_WHILE, more = {}) => ({ work: { mode: 'command', text, ...more } });
/** How each node ended, in a row of words. */
export const kinds = ({ outcomes }: { outcomes: readonly { outcome: { kind: string } }[] }) =>
  outcomes.map(({ outcome }) => outcome.kind).join(' ');

/** Nothing of a run is left on the nodes, nor connected to them. */
export async function expectNothingLeft(fleet: Fleet) {
  await fleet.rest();
  expect([fleet.open, fleet.areAllFree(), fleet.processes()]).toEqual([0, true, []]);
}
