/** What goes wrong in a simulated world, and when. */
import type { Controller } from './controller.ts';
import type { SimNode } from './node.ts';
import type { Scenario } from './scenario.ts';
import type { Route } from './transport.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly controllers: readonly Controller[];
}

/** Every fault is over at `faultsEndMs`, except what stays broken by its nature: the dead, and half-open connections. */
export function scheduleFaults(stage: Stage, { runs, faultCount, faultsEndMs }: Scenario): void {
  const { world } = stage;
  for (let count = 0; count < faultCount; count++) {
    // Mostly while some run is at it.
    const { startAtMs } = world.random.pick(runs);
    const atMs = world.random.chance(0.7)
      ? startAtMs + world.random.between(0, 12_000)
      : world.random.between(0, faultsEndMs * 0.8);
    const fault = world.random.pick(FAULTS);
    world.at(atMs, () => fault(stage, lengthMs(stage, faultsEndMs)));
  }
}

/** Mostly short; long enough for any lease now and then. */
function lengthMs({ world }: Stage, faultsEndMs: number): number {
  const leftMs = Math.max(0, faultsEndMs - world.nowMs);
  const wishedMs = world.random.chance(0.6)
    ? world.random.between(10, 5_000)
    : world.random.between(5_000, 60_000);
  return Math.min(leftMs, wishedMs);
}

type Fault = (stage: Stage, forMs: number) => void;

const FAULTS: readonly Fault[] = [
  // The network.
  (stage, forMs) =>
    withRoute(stage, ({ link }) => link.delay(stage.world.random.between(100, 15_000), forMs), 'is slow'),
  (stage, forMs) =>
    withRoute(stage, ({ link }) => link.drop(stage.world.random.between(0.1, 0.6), forMs), 'drops packets'),
  (stage, forMs) =>
    withRoute(stage, ({ link }) => link.cut(['up', 'down'], forMs), `is cut for ${Math.round(forMs)} ms`),
  (stage, forMs) => withRoute(stage, ({ link }) => link.cut(['up'], forMs), 'is cut on the way up'),
  (stage, forMs) => withRoute(stage, ({ link }) => link.cut(['down'], forMs), 'is cut on the way down'),
  (stage) => withConnection(stage, 'is half-open', (connection) => connection.goSilent(['up', 'down'])),
  (stage) => withConnection(stage, 'says nothing more', (connection) => connection.goSilent(['down'])),
  (stage) => withConnection(stage, 'is reset', (connection) => connection.breakNow()),

  // Nodes.
  (stage, forMs) => pickNode(stage).reboot(forMs),
  (stage, forMs) => pickNode(stage).machine.freeze('stalled', forMs),
  (stage, forMs) => pickNode(stage).machine.freeze('asleep', forMs),
  (stage) => killKeeper(stage),
  (stage, forMs) => {
    const node = pickNode(stage);
    node.isDiskFull = true;
    stage.world.tell(node.node.id, 'disk is full');
    stage.world.after(forMs, () => {
      node.isDiskFull = false;
    });
  },
  (stage, forMs) => {
    const node = pickNode(stage);
    node.refusesSessions = true;
    stage.world.tell(node.node.id, 'refuses sessions');
    stage.world.after(forMs, () => {
      node.refusesSessions = false;
    });
  },

  // Controllers.
  (stage) => pickController(stage).kill(),
  (stage) => pickController(stage).interrupt(),
  (stage, forMs) => pickController(stage).machine.freeze('stalled', forMs),
  (stage, forMs) => pickController(stage).machine.freeze('asleep', forMs),
  // A laptop is closed for about as long as its leases: what it takes for held may be gone when it wakes.
  (stage) => {
    const { machine, plan } = pickController(stage);
    machine.freeze('asleep', plan.leaseMs * stage.world.random.between(0.6, 1.4));
  },
  // And one of its links needs longer to wake, so that it has to notice by itself.
  (stage) => {
    const controller = pickController(stage);
    const forMs = controller.plan.leaseMs * stage.world.random.between(0.8, 1.6);
    stage.world.random.pick([...controller.routes.values()]).link.cut(['down'], forMs + 10_000);
    controller.machine.freeze('asleep', forMs);
  },
  (stage) => {
    // None of them hides a sleep by setting the clock back as far: that is an open entry of TRACK_RECORD.md.
    const byMs = stage.world.random.pick([-3_600_000, -1_000, 1_000, 10_000, 3_600_000]);
    pickController(stage).machine.setWall(byMs);
  },
];

function pickNode({ world, nodes }: Stage): SimNode {
  return world.random.pick(nodes);
}

function pickController({ world, controllers }: Stage): Controller {
  return world.random.pick(controllers);
}

function withRoute(stage: Stage, harm: (route: Route) => void, what: string): void {
  const controller = pickController(stage);
  const route = stage.world.random.pick([...controller.routes.values()]);
  stage.world.tell('network', `between ${controller.name} and ${route.node.node.id} ${what}`);
  harm(route);
}

function withConnection(
  stage: Stage,
  what: string,
  harm: (connection: Controller['transport']['connections'][number]) => void,
): void {
  const { connections } = pickController(stage).transport;
  if (connections.length === 0) return;
  const connection = stage.world.random.pick(connections);
  stage.world.tell('network', `a connection to ${connection.node.id} ${what}`);
  harm(connection);
}

/** Alone, as when memory runs out: what it guards lives on. */
function killKeeper(stage: Stage): void {
  const node = pickNode(stage);
  const alive = node.keepers.filter((keeper) => keeper.self.ending === undefined);
  if (alive.length === 0) return;
  const keeper = stage.world.random.pick(alive);
  stage.world.tell(node.node.id, `keeper of ${keeper.run} is killed`);
  keeper.self.signal('KILL');
}
