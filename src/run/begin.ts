/** A run as a record: its request, its surroundings, and what is known of it so far. */
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
  /** Events are told through these. */
  readonly here: Surroundings & Teller;
  readonly clock: Clock;
  /** Ends the run: the surroundings' signal, or the end of a session that it has joined. */
  readonly signal: AbortSignal;
  /** How each node ended, as far as known. */
  readonly outcomes: Outcomes;
  /** When each node's command began, if late output is heard. */
  readonly begunMs: Map<string, number>;
  /** What is known of the destinations. */
  readonly files: FileStates;
  /** Nodes that the run told to end their work, and that have not said that they did. */
  readonly stuck: Node[];
  /** Nodes that have said that they could not end their work. */
  readonly unended: Node[];
  /** The bytes of files that go to the nodes or come from them. */
  readonly traffic: Traffic;
  readonly startedMs: number;
  readonly progress: Progress;
}

export interface Progress {
  nodes: readonly Node[];
  /** In which order nodes have their turns; undefined: all at once. */
  rollout: RolloutRules | undefined;
  /** Nodes of the rollout that an earlier run left down, and on which this one does not work. */
  down: readonly Node[];
  /** Commands around each node's own. */
  hooks: Hooks | undefined;
  /** Whether the node's turn has not come yet. */
  isWaiting(node: Node): boolean;
  /** Called without a lock (`-y`), where the other nodes go on. */
  onNodeLost(node: Node, reason: string): void;
  /** Why nodes of the rollout never began. */
  rolloutFailure: LockstepError | undefined;
  /** All nodes are locked, and in a rollout the first turn comes: from now on something may have happened on them. */
  hasWorkBegun: boolean;
  /** The exit code of `-L`'s program, once it has ended: it is the run's, unless the lock was lost. */
  programCode: number | undefined;
  success: Success | undefined;
  /** `--dry-run`, `--audit`: some node differs. */
  hasFound: boolean;
  /** Look-ups on this machine before the run. */
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
    unended: [],
  };
  const startedMs = clock.monotonicMs();
  return { request, here: { ...here, ...teller }, ...teller, clock, signal, startedMs, ...known, progress };
}

function paceOf({ work }: RunRequest, clock: Clock): Pace | undefined {
  const bytesPerSecond = bytesPerSecondOf(work);
  return bytesPerSecond === undefined ? undefined : new Pace(clock, bytesPerSecond);
}

/** Look-ups on this machine may hang, and the signal ends the run all the same. */
export function whilePreparing<T>(run: Run, work: Promise<T>): Promise<T> {
  run.progress.preparing = work.catch(() => {});
  return unlessAborted(run.signal, work);
}

/** Tells the nodes of the run. Rejects when a listener cannot take what comes. */
export async function tellNodes(run: Run, nodes: readonly Node[]): Promise<void> {
  run.progress.nodes = nodes;
  run.tell({ type: 'nodes', nodes });
  await run.heard();
}

/** Before a rollout is connected. Rejects if nobody could go on with it later. */
export async function recorded({ progress, here, signal }: Run): Promise<void> {
  if (progress.rollout !== undefined) await unlessAborted(signal, Promise.resolve(here.recorded?.()));
}

/** When the run has its locks. Rejects if another one repeats the same run on the same nodes. */
export async function claimed({
  here,
  held,
  identity,
}: Run & {
  readonly held: Pick<Run, 'signal'>;
  readonly identity: { readonly run: string };
}): Promise<void> {
  await unlessAborted(held.signal, Promise.resolve(here.claim?.(identity.run)));
}
