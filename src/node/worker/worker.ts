/** Starts a worker: any process of a run on a node, other than its keeper. */
import type { Channel, ChannelSinks, Connection } from '../../ssh/transport.ts';
import { bootInput, longWord } from '../boot.ts';
import type { HeldKeeper } from '../keeper/held-keeper.ts';
import { quote } from '../quote.ts';
import { COMMAND_TEXT, WORKER_TEXT } from '../texts.ts';
import { ChannelAhead } from './channel-ahead.ts';
import { reportedEnd } from './reported-end.ts';

/** Where a worker is started. */
export interface WorkerPlace {
  readonly connection: Connection;
  readonly keeper: HeldKeeper;
}

/** What a worker does: the keeper ends all of them when a run ends badly, except a commit that has begun. */
export type Job = 'command' | 'tool' | 'receive' | 'commit' | 'recover' | 'survey';

/** As a worker's arguments tell it. */
const JOB_MARKS: Readonly<Record<Job, string>> = {
  command: 'c',
  tool: 't',
  receive: 'r',
  commit: 'p',
  recover: 'u',
  survey: 's',
};

export interface WorkerSettings {
  readonly job: Job;
  /** The sh text that does the job, with `$5`… from `words`. */
  readonly text: string;
  readonly words: readonly string[];
  /** What the text reads first. */
  readonly input?: string;
  /** Where it begins; without one, or where that one is gone, on a channel that is opened now. */
  readonly ahead?: ChannelAhead | undefined;
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
  place: WorkerPlace,
  { job, text, words, input = '', ahead }: WorkerSettings,
  sinks: ChannelSinks,
): Promise<Channel> {
  const { connection, keeper } = place;
  const { record, killGraceMs } = keeper.settings;
  const { run, lockPath } = record;
  const waiting =
    ahead !== undefined && (await ahead.isOpen()) ? ahead : new ChannelAhead(connection, keeper.settings);
  const channel = await waiting.use(sinks);
  try {
    proof.check();
  } catch (thrown) {
    channel.close();
    throw thrown;
  }
  // What it leaves when it is killed itself nobody would end: it never ends itself by a signal.
  void channel.status?.then(({ kind }) => kind === 'signal' && keeper.endLost());
  const boot = bootInput({
    words: ['lockstep-hand', run, JOB_MARKS[job], lockPath, keeper.identity],
    // A command's own words stand in the arguments of its own shell, and nowhere else.
    hiddenWords: words,
    text: textOfWorker(text, killGraceMs),
    mark: waiting.mark,
  });
  void channel.write(Buffer.concat([boot, Buffer.from(input)]));
  return channel;
}

/** A job's text behind what all workers begin with; it may need to know how long TERM is waited for. */
export function textOfWorker(text: string, graceMs: number): string {
  return `grace=${Math.ceil(graceMs / 1000)}\n${WORKER_TEXT}\n${text}`;
}

/** It shares 128 KiB, a string of the environment, with the worker's text and the names and values of the account's own. */
const HIDDEN_BYTES_MAX = 90_000;

/** Runs one command, as `buildRemoteCommand` made it, with all three streams untouched. */
export async function startCommand(
  proof: Proof,
  place: WorkerPlace,
  { job, command }: { job: 'command' | 'tool'; command: string },
  sinks: ChannelSinks,
): Promise<Channel> {
  const { token } = place.keeper.settings;
  const { text, words, input } = settingsFor(command);
  // What a worker leaves that has told nothing nobody else would end.
  const reported = reportedEnd(token, sinks, () => place.keeper.endLost());
  const settings = { job, text, words, input: `${input}${token}\n` };
  return reported.watch(await startWorker(proof, place, settings, reported.sinks));
}

function settingsFor(command: string): { text: string; words: string[]; input: string } {
  if (Buffer.byteLength(quote(command)) <= HIDDEN_BYTES_MAX) {
    return { text: COMMAND_TEXT, words: [command], input: '' };
  }
  const { read, input } = longWord(command);
  return { text: `${read}\n${COMMAND_TEXT}`, words: [], input };
}
