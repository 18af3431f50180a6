/** The parts of a schedule: tasks in slots of threads and in queues before limits; and how the rules become parts. */
import { Heap } from './heap.ts';
import type { Limit, RolloutRules, Thread } from './rollout-rules.ts';
import type { ScheduleRules } from './schedule-rules.ts';

export interface Task {
  readonly node: string;
  /** Its place in the order in which nodes start. */
  readonly at: number;
  status: /** Not started: a slot before one of its own is not done. */
    | 'waiting'
    /** Only its limits, or a halt, may keep it from starting. */
    | 'ready'
    /** Started, and has not said that it has begun. */
    | 'started'
    | 'running'
    /** The schedule has had it ended. */
    | 'ending'
    /** Had to end and did not; nobody waits for it any more. */
    | 'given-up'
    /** Failed, and starts again later. */
    | 'delayed'
    | 'over';
  /** It has been started. */
  hasHadTurn: boolean;
  /** The command itself is over. */
  hasLeft: boolean;
  readonly slots: SlotState[];
  /** How many of them are not open yet. */
  closedCount: number;
  queue: Queue;
  /** The queue of its limits, where it has no places. */
  readonly ownQueue: Queue;
  /** Limits in which it has a place. */
  held: readonly number[];
  /** Once it is over. `passed`: it has not run to its end, and holds up nothing. */
  end: 'ok' | 'failed' | 'passed' | undefined;
  /** It never starts: out of reach from the beginning, down before, or left for another run. */
  readonly isAbsent: boolean;
  readonly wasDown: boolean;
  /** It has never begun, and is left for another run. */
  readonly isUnbegun: boolean;
  /** It was given up, or lost, before it was over. Until that is sure it keeps its places, and holds up what waits for it. */
  mayStillRun: boolean;
  /** How often it was started again by itself. */
  retries: number;
  /** The slot that, as it has heard, it waits for. */
  told: SlotState | undefined;
}

export interface SlotState {
  readonly name: string;
  readonly thread: ThreadState;
  /** Its place in the thread. */
  readonly at: number;
  readonly tasks: readonly Task[];
  /** Its tasks that are not over, and may start at all, in this run or another. */
  readonly open: Set<Task>;
  /** Its tasks that did not end well. */
  readonly failed: Set<Task>;
  /** Its tasks may start. */
  isOpen: boolean;
}

export interface ThreadState {
  readonly rules: Thread;
  readonly at: number;
  readonly slots: readonly SlotState[];
  /** The place of the slot at work; behind the last one when all are done. */
  current: number;
  isPausing: boolean;
  /** Slots before that one that are no longer done: one of their nodes is tried again. */
  readonly undone: Set<SlotState>;
}

export interface LimitState {
  readonly rules: Limit;
  readonly at: number;
  /** Tasks that failed, and keep their place. */
  readonly failed: Set<Task>;
  /** Queues that wait for a place here. */
  readonly parked: Set<Queue>;
}

/** Ready tasks of the same limits: if the first must wait, so must all. */
export interface Queue {
  /** The limits, by their places. */
  readonly limits: readonly number[];
  /** The limits in which its tasks have no place yet. */
  readonly takes: readonly number[];
  readonly ready: Heap<Task>;
  /** The limit that was full when its first task was to start. */
  parkedAt: LimitState | undefined;
}

export interface Parts {
  readonly tasks: Map<string, Task>;
  readonly threads: readonly ThreadState[];
  readonly limits: readonly LimitState[];
}

/** Ignores nodes that the rules name and the run does not have. */
export function makeParts(
  { nodes, absent = [], down = [], again = [], unbegun = [] }: ScheduleRules,
  rollout: RolloutRules,
): Parts {
  const out = new Set([...absent, ...down, ...unbegun]);
  const before = new Set(down);
  const areUnbegun = new Set(unbegun);
  const areAgain = new Set(again);
  const queues = new QueueMaker(rollout);
  const tasks = new Map(
    nodes.map((node, at) => [
      node,
      makeTask({
        ...{ node, at, isAbsent: out.has(node), wasDown: before.has(node), isUnbegun: areUnbegun.has(node) },
        ownQueue: queues.of(node, false),
        // One that is still out of reach has its places as all such nodes do.
        queue: queues.of(node, areAgain.has(node) && !out.has(node)),
      }),
    ]),
  );
  const known = (ids: readonly string[]) => ids.flatMap((id) => tasks.get(id) ?? []);
  const { unreachable } = rollout;
  return {
    tasks,
    threads: rollout.threads.map((rules, at) => makeThread(rules, at, { known, unreachable })),
    limits: rollout.limits.map((rules, at) => ({ rules, at, failed: new Set(), parked: new Set() })),
  };
}

function makeTask({
  node,
  at,
  queue,
  ownQueue,
  isAbsent,
  wasDown,
  isUnbegun,
}: Pick<Task, 'node' | 'at' | 'queue' | 'ownQueue' | 'isAbsent' | 'wasDown' | 'isUnbegun'>): Task {
  return {
    node,
    at,
    status: isUnbegun ? 'over' : 'waiting',
    hasHadTurn: false,
    hasLeft: false,
    slots: [],
    closedCount: 0,
    queue,
    ownQueue,
    held: [],
    end: undefined,
    isAbsent,
    wasDown,
    isUnbegun,
    mayStillRun: false,
    retries: 0,
    told: undefined,
  };
}

interface Slots extends Pick<RolloutRules, 'unreachable'> {
  known(ids: readonly string[]): Task[];
}

function makeThread(rules: Thread, at: number, { known, unreachable }: Slots): ThreadState {
  const slots: SlotState[] = [];
  const thread: ThreadState = { rules, at, slots, current: 0, isPausing: false, undone: new Set() };
  for (const { name, nodes } of rules.slots) {
    const tasks = known(nodes);
    if (tasks.length === 0) continue;
    const slot = makeSlot(name, { thread, at: slots.length, tasks }, unreachable);
    slots.push(slot);
    for (const task of tasks) {
      task.slots.push(slot);
      task.closedCount += 1;
    }
  }
  return thread;
}

/** A node out of reach is in the way before anybody hears of it: later slots must not open meanwhile. */
function makeSlot(
  name: string,
  place: Pick<SlotState, 'thread' | 'at' | 'tasks'>,
  unreachable: RolloutRules['unreachable'],
): SlotState {
  const open = new Set(place.tasks.filter(({ isAbsent, isUnbegun }) => !isAbsent || isUnbegun));
  const isInTheWay = ({ isAbsent, wasDown }: Task) => wasDown || (isAbsent && unreachable === 'fail');
  const failed = new Set(place.tasks.filter((task) => isInTheWay(task) && !open.has(task)));
  return { name, ...place, open, failed, isOpen: false };
}

/** One queue for all nodes with the same limits, and another for those of them that have kept places. */
class QueueMaker {
  readonly #limitsOf = new Map<string, number[]>();
  readonly #queues = new Map<string, Queue>();

  readonly #releasing: readonly number[];

  constructor({ limits, onFailure }: RolloutRules) {
    this.#releasing = limits.flatMap((limit, at) =>
      (limit.onFailure ?? onFailure) === 'release' ? [at] : [],
    );
    for (const [at, { nodes }] of limits.entries()) {
      for (const node of new Set(nodes)) {
        const those = this.#limitsOf.get(node);
        if (those === undefined) this.#limitsOf.set(node, [at]);
        else those.push(at);
      }
    }
  }

  of(node: string, hasKept: boolean): Queue {
    const limits = this.#limitsOf.get(node) ?? [];
    const key = `${limits.join()}${hasKept ? ' kept' : ''}`;
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const takes = hasKept ? limits.filter((at) => this.#releasing.includes(at)) : limits;
    const queue: Queue = { limits, takes, ready: new Heap(({ at }) => at), parkedAt: undefined };
    this.#queues.set(key, queue);
    return queue;
  }
}
