/** One seed, from its first event to its verdict. */

import { type Node, nodeId } from '../../src/core/node.ts';
import type { LeaseTiming } from '../../src/lock/lease.ts';
import type { lockAll } from '../../src/run/start/lock-all.ts';
import { Checkers } from './checkers.ts';
import { Controller } from './controller.ts';
import { scheduleFaults } from './faults.ts';
import type { KeeperModel } from './keeper-model.ts';
import { Machine } from './machine.ts';
import { Link } from './network.ts';
import { SimNode } from './node.ts';
import type { Violation } from './records.ts';
import { planScenario, type RunPlan, type Scenario } from './scenario.ts';
import type { Route } from './transport.ts';
import { RANK, type Told, World } from './world.ts';

/** What a planted bug replaces. */
export interface Planted {
  readonly Keeper?: typeof KeeperModel;
  readonly planTiming?: (timing: LeaseTiming) => LeaseTiming;
  readonly takeLocks?: typeof lockAll;
}

export interface Verdict {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly history: readonly Told[];
  /** How the runs ended: `well`, `killed`, or an error's code. */
  readonly ends: readonly string[];
}

/** So long after the last fault every run must have ended, and every lock be free. */
const QUIET_AFTER_MS = 600_000;

export async function simulate(seed: number, planted: Planted = {}): Promise<Verdict> {
  const world = new World(seed);
  const scenario = planScenario(world.random);
  const checkers = new Checkers(world);
  const nodes = Array.from({ length: scenario.nodeCount }, (_, position) => {
    const node = nodeAt(position);
    return new SimNode(node, new Machine(world, node.id), { witness: checkers, ...planted });
  });
  const controllers = scenario.runs.map((plan, at) => {
    const name = `run-${'ABCD'[at]}`;
    const machine = new Machine(world, name);
    const routes = new Map(plan.nodes.map((position) => routeTo(nodes, position, world)));
    const controller = new Controller({ name, plan, machine, routes, checkers, ...planted });
    checkers.addRun(
      controller,
      [...routes.values()].map(({ node }) => node),
    );
    return controller;
  });
  for (const controller of controllers) {
    const start = () => {
      if (controller.end === undefined) void controller.start();
    };
    world.at(controller.plan.startAtMs, () => controller.machine.handle(start, RANK.input));
  }
  scheduleFaults({ world, nodes, controllers }, scenario);

  const areAllOver = () => controllers.every(({ end }) => end !== undefined) && nodes.every(isFree);
  await world.run(
    scenario.faultsEndMs + QUIET_AFTER_MS,
    () => checkers.violation !== undefined || areAllOver(),
  );
  if (checkers.violation === undefined) lookBack({ scenario, checkers, nodes, controllers });
  const ends = controllers.map(({ end }) => (end instanceof Error ? end.code : (end ?? 'waits')));
  return { seed, violation: checkers.violation, history: world.history, ends };
}

interface Outcome {
  readonly scenario: Scenario;
  readonly checkers: Checkers;
  readonly nodes: readonly SimNode[];
  readonly controllers: readonly Controller[];
}

function lookBack({ scenario, checkers, nodes, controllers }: Outcome): void {
  const unfinished = controllers.filter(({ end }) => end === undefined).map(({ name }) => name);
  checkers.expectQuiet(nodes, unfinished);
  if (!isFair(scenario)) return;
  const isSomeWell = controllers.some(
    ({ end }) => end === 'well' || (end instanceof Error && end.code === 'command-failed'),
  );
  checkers.expect(isSomeWell, 'L12', 'without a fault none of the runs came to work');
}

function isFree(node: SimNode): boolean {
  return !node.flocks.isLocked('/') && !node.keepers.some(({ isHolding }) => isHolding);
}

/** All want the same nodes, and nothing but each other is in their way. */
function isFair({ runs, nodeCount, faultCount }: Scenario): boolean {
  const isPlain = ({ nodes, work, lockFile }: RunPlan) =>
    nodes.length === nodeCount && work.kind === 'command' && lockFile === undefined;
  return faultCount === 0 && runs.every(isPlain);
}

function nodeAt(position: number): Node {
  const host = `node${position + 1}`;
  return { id: nodeId('root', host, 22), user: 'root', host, port: 22, given: host };
}

function routeTo(nodes: readonly SimNode[], position: number, world: World): [string, Route] {
  const node = nodes[position];
  if (node === undefined) throw new RangeError('no such node');
  return [node.node.id, { node, link: new Link(world) }];
}
