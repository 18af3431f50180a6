/** Starts a worker: any process of a run on a node, other than its keeper. */
import type { Channel, ChannelSinks, Connection } from '../../ssh/transport.ts';
import type { Keeper } from '../keeper/keeper.ts';
import { quoteAll } from '../quote.ts';
import { asRoot } from '../speech.ts';
import { compact } from '../text.ts';
import runCommandText from './run-command.sh';
import workerText from './worker.sh';

/** What a worker does: the keeper ends all of them when a run ends badly, except a commit that has begun. */
export type Job = 'command' | 'tool' | 'receive' | 'commit' | 'recover' | 'look';

export interface WorkerSettings {
  readonly job: Job;
  /** The sh text that does the job, with `$5`… from `words`. */
  readonly text: string;
  readonly words: readonly string[];
}

/** Runs a job's text below the wrapper that makes it known to the keeper. Fails as `Connection.exec` does. */
export function startWorker(
  connection: Connection,
  keeper: Keeper,
  { job, text, words }: WorkerSettings,
  sinks: ChannelSinks,
): Promise<Channel> {
  const { run, lockPath, sudo } = keeper.settings;
  const body = `${compact(workerText)}\n${compact(text)}`;
  const named = ['lockstep-worker', run, job, lockPath, keeper.identity, ...words];
  return connection.exec(`exec ${asRoot(sudo)}sh -c ${quoteAll([body, ...named])}`, sinks);
}

/** Runs one command, as `buildRemoteCommand` made it, with all three streams untouched. */
export function startCommand(
  connection: Connection,
  keeper: Keeper,
  job: 'command' | 'tool',
  command: string,
  sinks: ChannelSinks,
): Promise<Channel> {
  return startWorker(connection, keeper, { job, text: runCommandText, words: [command] }, sinks);
}
