/** Everything that a run finds around it: programs, tests and the simulation provide their own. */
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { Listener, Tell } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { Source } from '../core/sources.ts';
import type { Become } from '../node/become.ts';
import type { Routes } from '../ssh/config/routes.ts';
import type { Transport } from '../ssh/transport.ts';
import type { ReadRun } from '../targets/earlier-runs.ts';
import type { RunRequest } from './request/request.ts';
import type { WholeRollout } from './rollout/whole-rollout.ts';

export interface Surroundings extends Listener {
  readonly clock: Clock;
  /** From 0 up to 1. */
  random(): number;
  /** Bytes that nobody can guess. */
  randomBytes(count: number): Buffer;
  /** With LOCKSTEP_SESSION in it, the run joins that session. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables for the user's commands on the nodes, beside lockstep's own; never in an argv. */
  readonly exports?: Readonly<Record<string, string>>;
  /** Relative names on this machine count from it; left out: from the directory of this process. */
  readonly directory?: string;
  /** Standard input, for a run that reads from there. */
  stdin(): Readable;
  /** Aborting it ends the run in order; its reason is a LockstepError, and becomes the run's. */
  readonly signal: AbortSignal;
  /** Undefined if there is nobody to ask. */
  readonly ask: Asker | undefined;
  /** Answers sudo when that asks for a password; left out: lockstep asks before anything is connected, if the request says so. */
  readonly sudoPassword?: NonNullable<Become['passwordOn']>;
  /** The nodes of earlier runs, for targets that name them; undefined without a journal. */
  readonly readRun?: ReadRun;
  /** Throws LockstepError `usage` if these are not the files of the request. */
  readonly checkSources?: (sources: readonly Source[]) => void;
  /** Opens the way to the nodes. Rejects for mistakes that show before any connection. */
  openTransport(request: RunRequest, facts: TransportFacts): Promise<Opened>;
  /** The rollout of which this run does some nodes, in the state in which an earlier run left it. */
  readonly whole?: WholeRollout;
  /** Resolves when all events so far are where they outlive this process, or never will be. */
  readonly kept?: () => Promise<void>;
  /** Called before a rollout is connected. Rejects if nobody could go on with it later. */
  readonly recorded?: () => Promise<void>;
  /** Called when this run, by its id, has its locks. Rejects if another one repeats the same run on the same nodes. */
  readonly claim?: (run: string) => Promise<void>;
  /** Where a run with this id opens its door to other terminals; undefined if it has none. Rejects for an unsafe place. */
  readonly doorOf?: (run: string) => Promise<string | undefined>;
  /** A program of the run shares the terminal: from now on Ctrl-C is its own, until the returned function is called. */
  leaveToProgram(): () => void;
  /** Offers Ctrl-C to `take` first, until the returned function is called: if `take` accepts, the run does not end. */
  onInterrupt?(take: () => boolean): () => void;
  /** Works under a lock that is held without a program; the lock goes back when this resolves. Left out: it stays until the run ends. */
  readonly whileSession?: (session: HeldSession) => Promise<void>;
  /** Called when this run waits on these nodes for channels of other calls of its session; left out: it says so itself. */
  readonly onWaits?: (nodes: readonly Node[]) => void;
  /** Called before a run needs much memory: how this process uses it is its own business. */
  expect(what: 'files' | 'large-buffers'): void;
}

/** A session that this run holds, for callers in this process. */
export interface HeldSession {
  /** The value of LOCKSTEP_SESSION for those who join it. */
  readonly socketPath: string;
  /** Aborts when the lock is lost or the run ends; its reason is the LockstepError that says which. */
  readonly signal: AbortSignal;
}

/** Asks somebody. Rejects with the signal's reason. */
export interface Asker {
  /** The terminal does not show what the user types. */
  secret(prompt: string): Promise<string>;
  /** Whether the answer is yes. */
  confirm(question: string): Promise<boolean>;
}

export interface TransportFacts {
  readonly nodes: readonly Node[];
  /** What ssh_config says of them, and the jump hosts before them. */
  readonly routes: Pick<Routes, 'configOf' | 'hopsOf' | 'hops'>;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly random: Surroundings['random'];
  readonly environment: Surroundings['environment'];
  readonly ask: Asker | undefined;
  stdin(): Readable;
}

export interface Opened {
  readonly transport: Transport;
  /** Asks about host keys that nobody knows; true if the user has accepted some: their nodes are worth another try. */
  settleNewKeys?(): Promise<boolean>;
  /** All nodes are connected, or have failed. Messages say what was learned of them. */
  onConnected(): void;
}
