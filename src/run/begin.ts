/** A run as a record: what it was asked to do, what it has around it, and what is known of it so far. */
import type { Clock } from '../core/clock.ts';
import type { LockstepError } from '../core/errors.ts';
import type { Success, Teller } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import { stamped } from '../core/stamp.ts';
import { unlessAborted } from '../core/waiting.ts';
import type { Hooks } from '../rollout/rollout-file.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';
import { Pace } from '../transfer/pace.ts';
import { Outcomes } from './outcomes.ts';
import { FileStates } from './report/file-states.ts';
import type { RunRequest } from './request/request.ts';
import { bytesPerSecondOf } from './request/work.ts';
import type { Surroundings } from './surroundings.ts';
import { Traffic } from './traffic.ts';

export interface Run extends Teller {
  readonly request: RunRequest;
  /** What is told there is told by the run. */
  readonly here: Surroundings & Teller;
  readonly clock: Clock;
  /** Ends it: the surroundings' signal, or the end of a session that it has joined. */
  readonly signal: AbortSignal;
  /** How each node ended, as far as it is known. */
  readonly outcomes: Outcomes;
  /** When the command of each node began, where late output is heard. */
  readonly begunMs: Map<string, number>;
  /** What is known of the destinations. */
  readonly files: FileStates;
  /** Nodes that were told to end their work, and have not said that they have. */
  readonly stuck: Node[];
  /** The bytes of files that go to the nodes or come from them. */
  readonly traffic: Traffic;
  readonly startedMs: number;
  readonly progress: Progress;
}

export interface Progress {
  nodes: readonly Node[];
  /** In which order they have their turn; undefined: all at once. */
  rollout: RolloutRules | undefined;
  /** Nodes of the rollout that an earlier run has left down, and this one does not work on. */
  down: readonly Node[];
  /** Around the command of each node. */
  hooks: Hooks | undefined;
  /** Its turn has not come. */
  isWaiting(node: Node): boolean;
  /** Without a lock (`-y`) the others go on. */
  onNodeLost(node: Node, reason: string): void;
  /** Why nodes of the rollout never began. */
  rolloutFailure: LockstepError | undefined;
  /** All nodes are locked: from here something may have happened on them. */
  hasWorkBegun: boolean;
  /** The program of `-L` has ended: its code is the run's, unless the lock was lost. */
  programCode: number | undefined;
  success: Success | undefined;
  /** `--dry-run`, `--audit`: some node differs. */
  hasFound: boolean;
  /** What is looked up on this machine before the run. */
  preparing: Promise<unknown>;
}

export function beginRun(request: RunRequest, here: Surroundings): Run {
  const { clock, signal } = here;
  const teller = stamped(here, () => clock.wallMs());
  const progress: Progress = {
    nodes: [],
    rollout: undefined,
    down: [],
    hooks: undefined,
    isWaiting: () => false,
    onNodeLost: () => {},
    rolloutFailure: undefined,
    hasWorkBegun: false,
    programCode: undefined,
    success: undefined,
    hasFound: false,
    preparing: Promise.resolve(),
  };
  const known = {
    outcomes: new Outcomes(teller.tell),
    begunMs: new Map(),
    files: new FileStates(),
    traffic: new Traffic(teller.tell, paceOf(request, clock)),
    stuck: [],
  };
  const startedMs = clock.monotonicMs();
  return { request, here: { ...here, ...teller }, ...teller, clock, signal, startedMs, ...known, progress };
}

function paceOf({ work }: RunRequest, clock: Clock): Pace | undefined {
  const bytesPerSecond = bytesPerSecondOf(work);
  return bytesPerSecond === undefined ? undefined : new Pace(clock, bytesPerSecond);
}

/** What is looked up on this machine may hang, and the signal ends it all the same. */
export function whilePreparing<T>(run: Run, work: Promise<T>): Promise<T> {
  run.progress.preparing = work.catch(() => {});
  return unlessAborted(run.signal, work);
}

/** The nodes of the run are known. Rejects when a listener cannot take what comes. */
export async function tellNodes(run: Run, nodes: readonly Node[]): Promise<void> {
  run.progress.nodes = nodes;
  run.tell({ type: 'nodes', nodes });
  await run.heard();
}
