/** Starts a worker: any process of a run on a node, other than its keeper. */
import type { Channel, ChannelSinks, Connection } from '../../ssh/transport.ts';
import { bootCommand, bootInput } from '../boot.ts';
import type { Keeper } from '../keeper/keeper.ts';
import ownSessionText from '../shared/own-session.sh';
import processesText from '../shared/processes.sh';
import { compact } from '../text.ts';
import runCommandText from './run-command.sh';
import workerText from './worker.sh';

/** What a worker does: the keeper ends all of them when a run ends badly, except a commit that has begun. */
export type Job = 'command' | 'tool' | 'receive' | 'commit' | 'recover' | 'look';

export const COMMAND_TEXT = [processesText, ownSessionText, runCommandText].join('\n');

/** As a worker's arguments tell it. */
const JOB_MARKS: Readonly<Record<Job, string>> = {
  command: 'c',
  tool: 't',
  receive: 'r',
  commit: 'p',
  recover: 'u',
  look: 'l',
};

export interface WorkerSettings {
  readonly job: Job;
  /** The sh text that does the job, with `$5`… from `words`. */
  readonly text: string;
  readonly words: readonly string[];
}

/** Where it is started. */
export interface WorkerPlace {
  readonly connection: Connection;
  readonly keeper: Keeper;
}

/** Throws unless every lease is proven. */
export interface Proof {
  check(): void;
}

/**
 * Runs a job's text below the wrapper that makes it known to the keeper. Fails as `Connection.exec` does, and as the proof
 * does: it is asked again when the node has taken the command, since the text is what begins anything there.
 */
export async function startWorker(
  proof: Proof,
  { connection, keeper }: WorkerPlace,
  { job, text, words }: WorkerSettings,
  sinks: ChannelSinks,
): Promise<Channel> {
  const { run, lockPath, sudo, graceMs } = keeper.settings;
  const channel = await connection.exec(bootCommand(sudo), sinks);
  try {
    proof.check();
  } catch (thrown) {
    channel.close();
    throw thrown;
  }
  // What it leaves when it is killed itself nobody would end: it never ends itself by a signal.
  void channel.status?.then(({ kind }) => kind === 'signal' && keeper.endLost());
  void channel.write(
    bootInput({
      words: ['lockstep-hand', run, JOB_MARKS[job], lockPath, keeper.identity],
      // A command's own words stand in the arguments of its own shell, and nowhere else.
      hiddenWords: words,
      text: textOfWorker(text, graceMs),
    }),
  );
  return channel;
}

/** A job's text behind what all workers begin with; it may need to know how long TERM is waited for. */
export function textOfWorker(text: string, graceMs: number): string {
  return `grace=${Math.ceil(graceMs / 1000)}\n${compact(workerText)}\n${compact(text)}`;
}

/** Runs one command, as `buildRemoteCommand` made it, with all three streams untouched. */
export function startCommand(
  proof: Proof,
  place: WorkerPlace,
  { job, command }: { job: 'command' | 'tool'; command: string },
  sinks: ChannelSinks,
): Promise<Channel> {
  return startWorker(proof, place, { job, text: COMMAND_TEXT, words: [command] }, sinks);
}
