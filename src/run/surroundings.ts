/** All that a run finds around it: another program, a test and the simulation give their own. */
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
  /** LOCKSTEP_SESSION in it: the run joins that session. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told to the commands of the user on the nodes, with what lockstep tells them; never in an argv. */
  readonly exports?: Readonly<Record<string, string>>;
  /** Where relative names of this machine count from; left out: the directory of this process. */
  readonly directory?: string;
  /** Standard input, for a run that reads from there. */
  stdin(): Readable;
  /** Its abort ends the run in order; its reason is a LockstepError, and the run's. */
  readonly signal: AbortSignal;
  /** Undefined where nobody can be asked. */
  readonly ask: Asker | undefined;
  /** Where sudo may ask for a password, that is asked for when it does; left out: before anything is connected, where the request says so. */
  readonly sudoPassword?: NonNullable<Become['passwordOn']>;
  /** The nodes of earlier runs, for targets that name them; undefined where there is no journal. */
  readonly readRun?: ReadRun;
  /** Throws LockstepError `usage` for files that are not those that are meant. */
  readonly checkSources?: (sources: readonly Source[]) => void;
  /** How nodes are reached. Rejects for what can be seen to be wrong before any connection. */
  openTransport(request: RunRequest, facts: TransportFacts): Promise<Opened>;
  /** The rollout of which this run does some nodes, as an earlier run has left it. */
  readonly whole?: WholeRollout;
  /** Resolves when all that was told is where it outlives this process; also where it never will be. */
  readonly kept?: () => Promise<void>;
  /** Where a run of this id opens its door to other terminals; undefined where it has none. Rejects for a place that is not safe. */
  readonly doorOf?: (run: string) => Promise<string | undefined>;
  /** A program that the run has started shares the terminal: Ctrl-C is its own from here, until the returned function is called. */
  leaveToProgram(): () => void;
  /** Ctrl-C is offered to `take` first, until the returned function is called: what it takes does not end the run. */
  onInterrupt?(take: () => boolean): () => void;
  /** Works under a lock that is held without a program: it is given back when this resolves. Left out: it is held until the run is ended. */
  readonly whileSession?: (session: HeldSession) => Promise<void>;
  /** Called before a run needs much memory: how this process uses it is its own business. */
  expect(what: 'files' | 'large-buffers'): void;
}

/** A session that this run holds, for callers in this process. */
export interface HeldSession {
  /** What LOCKSTEP_SESSION holds for those who join it. */
  readonly socketPath: string;
  /** Aborts when the lock is lost or the run is ended; its reason is the LockstepError that says which. */
  readonly signal: AbortSignal;
}

/** Asks somebody. Rejects with the signal's reason. */
export interface Asker {
  /** What is typed is not shown. */
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
  /** Asks about the host keys that nobody knows; true where there were any, and they were accepted: their nodes are worth another try. */
  settleNewKeys?(): Promise<boolean>;
  /** All nodes are connected, or have failed. Messages say what was learned of them. */
  onConnected(): void;
}
