/** Asks one node about paths: passes its answers on as they come, and says whether they are complete. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { ASK_PATHS_TEXT, LOOK_TEXT } from '../../node/texts.ts';
import { startWorker } from '../../node/worker/worker.ts';
import type { AskedList } from '../../transfer/difference/asked-list.ts';
import { SEEN_FORMAT } from '../../transfer/difference/seen.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { endingText } from '../upload/speaker.ts';
import { type GuardedSink, guardSink } from '../upload/stall-guard.ts';

/** The question: what lies there, the sums of contents, everything below, or contents. */
export type Question = 'stat' | 'sum' | 'list' | 'read';

/** Parses the answers. Throws an Error for bytes that are none. */
export interface AnswerReader {
  push(chunk: Buffer): void;
  /** Nothing more comes. Returns what follows the last answer. */
  end(): string;
  /** What is missing then, if anything. */
  readonly missing: string | undefined;
}

/** The programs with which a node carries plans out. */
export interface Programs {
  /** The one that the archive must bring along. */
  readonly executor: string;
  readonly hasSha256: boolean;
}

export interface Asking {
  readonly question: Question;
  readonly asked: AskedList;
  /** If none of these exists, the node does not look at the others. No path here has a newline. */
  readonly first?: readonly string[];
  /** Called when the node begins to answer, as the account with that number; `isExact`: it knows what to expect. */
  readonly readAs: (uid: number, isExact: boolean) => AnswerReader;
  /** Hears with which programs the node carries plans out. */
  readonly onRuns?: ((programs: Programs) => void) | undefined;
  /** The same paths with what that account should have there, in the form of `look.pl`; left out: nothing is expected. */
  readonly listAs?: (uid: number) => AskedList;
}

/** Resolves with whether the node has looked at them. Rejects with a LockstepError of this node. */
export async function askPaths(
  work: HeldRun,
  site: Site,
  { question, asked, first = ['/'], readAs, onRuns, listAs }: Asking,
): Promise<boolean> {
  const { token } = work.identity;
  const answer = new Answer(token, readAs);
  // For few paths, sending more takes less time than the node's word would.
  const expects = listAs !== undefined && asked.length >= LOOK_LIMITS.expectedMin;
  const words = [question, SEEN_FORMAT, expects ? LOOK_TEXT : '', onRuns === undefined ? '' : 'runs'];
  // Later questions leave to the upload what is open for it.
  const ahead = question === 'stat' ? work.ahead.take(site.node) : undefined;
  const settings = { job: 'survey', text: ASK_PATHS_TEXT, words, ahead } as const;
  let sink: GuardedSink | undefined;
  const channel = await startWorker(work.held, site, settings, {
    onStdout: (chunk) => {
      sink?.hear();
      if (!answer.push(chunk)) channel.close();
    },
    onStderr: (chunk) => answer.hearError(chunk),
  });
  sink = guardSink(channel, work.request.times.receiveTimeoutMs, 'it was asked, and said nothing more');
  let hasEnded = false;
  const result = channel.result.finally(() => {
    hasEnded = true;
  });
  await sink.write(Buffer.from(`${[token, ...first, LAST_FIRST].join('\n')}\n`));
  if (expects) await sink.whenReady(answer.begun);
  const { exactUid } = answer;
  const list = (exactUid === undefined ? undefined : listAs?.(exactUid)) ?? asked;
  for (const block of list.blocks()) {
    if (answer.problem !== undefined || hasEnded || answer.hasNone) break;
    work.held.check();
    await sink.write(block);
  }
  sink.end();
  const ending = await result;
  const stall = sink.stall();
  const problem = stall === undefined ? answer.finish(ending) : `it was given up: ${stall}`;
  if (problem !== undefined) throw new LockstepError('upload-failed', problem, { node: site.node });
  if (answer.runs !== undefined) onRuns?.(answer.runs);
  return !answer.isNone;
}

/** No path looks like this. */
const LAST_FIRST = '/end';

/** The words of a node as they come: a first line, the answers, and a last line. Holds none of it beyond a bound. */
export class Answer {
  readonly #token: string;
  readonly #readAs: Asking['readAs'];
  #reader: AnswerReader | undefined;
  #head: Buffer = Buffer.alloc(0);
  #said = '';
  /** Why this is no answer. */
  problem: string | undefined;
  /** The node has none of the first paths, and was not asked about the others. */
  isNone = false;
  /** The node has said this before its first line. */
  runs: Programs | undefined;
  /** The account that answers, if it takes what is expected. */
  exactUid: number | undefined;
  /** The node has said this with its first line. */
  hasNone = false;
  #begin: () => void = () => {};
  /** The node has said its first line, or something else. */
  readonly begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });

  constructor(token: string, readAs: Asking['readAs']) {
    this.#token = token;
    this.#readAs = readAs;
  }

  /** False: nobody listens to it any longer. */
  push(chunk: Buffer): boolean {
    if (this.problem !== undefined) return false;
    this.#read(() => (this.#reader === undefined ? this.#readFirst(chunk) : this.#reader.push(chunk)));
    return this.problem === undefined;
  }

  hearError(chunk: Buffer): void {
    this.#said = (this.#said + chunk.toString()).slice(-LIMITS.nodeSaidCharsMax);
  }

  /** Why its answer is not complete, if it is not. */
  finish(result: ChannelResult): string | undefined {
    const rest = this.#rest();
    if (this.problem !== undefined) return this.problem;
    const mark = `${this.#token} `;
    const at = rest.lastIndexOf(mark);
    const words = at < 0 ? '' : rest.slice(at + mark.length).trimEnd();
    if (words.startsWith('ERROR ')) return Buffer.from(words.slice('ERROR '.length), 'latin1').toString();
    this.isNone = words === 'NONE' && this.#reader !== undefined;
    if (this.isNone) return undefined;
    if (words !== 'END' || this.#reader === undefined)
      return this.#said.trim() || `it has not answered to the end: ${endingText(result)}`;
    const { missing } = this.#reader;
    return missing === undefined ? undefined : `${missing} changed while it was looked at`;
  }

  #rest(): string {
    const reader = this.#reader;
    return reader === undefined ? this.#head.toString('latin1') : (this.#read(() => reader.end()) ?? '');
  }

  #read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (thrown) {
      this.problem = `its answer cannot be read: ${(thrown as Error).message}`;
      this.#begin();
      return undefined;
    }
  }

  #readFirst(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const text = this.#head.toString('latin1');
    const [line, uid, how] = new RegExp(`${this.#token} SEES (\\d+)( exact| none)?\n`).exec(text) ?? [];
    if (line === undefined) {
      if (text.length > LIMITS.replyLineBytesMax) throw new Error('it has no first line');
      return;
    }
    const before = text.slice(0, text.indexOf(line));
    const [, executor, sums] = new RegExp(`${this.#token} RUNS (\\S+)( cksum)?\n`).exec(before) ?? [];
    if (executor !== undefined) this.runs = { executor, hasSha256: sums === undefined };
    const begun = this.#head.subarray(before.length + line.length);
    this.#head = Buffer.alloc(0);
    this.hasNone = how === ' none';
    if (how === ' exact') this.exactUid = Number(uid);
    this.#begin();
    this.#reader = this.#readAs(Number(uid), how === ' exact');
    this.#reader.push(begun);
  }
}
