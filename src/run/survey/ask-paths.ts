/** Asks one node about paths: its answers as they come, and whether it has answered to the end. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { ASK_PATHS_TEXT } from '../../node/texts.ts';
import { startWorker } from '../../node/worker/worker.ts';
import type { AskedPaths } from '../../transfer/difference/ordered-answers.ts';
import { SEEN_FORMAT } from '../../transfer/difference/seen.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { endingText } from '../upload/speaker.ts';
import { guardSink } from '../upload/stall-guard.ts';

/** What is asked: what lies there, the sums of contents, all that lies below, or contents. */
export type Question = 'stat' | 'sum' | 'list' | 'read';

/** Takes the answers apart. Throws an Error for what is none. */
export interface AnswerReader {
  push(chunk: Buffer): void;
  /** Nothing more comes. What stands behind the last answer. */
  end(): string;
  /** What is missing then, if anything. */
  readonly missing: string | undefined;
}

export interface Asking {
  readonly question: Question;
  readonly asked: AskedPaths;
  /** Where none of these is there, the others are not looked at. None of them has a newline in it. */
  readonly first?: readonly string[];
  /** Made when the node has begun to answer, as the account of that number. */
  readonly readAs: (uid: number) => AnswerReader;
}

/** Resolves with whether it has looked at them. Rejects with a LockstepError of this node. */
export async function askPaths(
  work: HeldRun,
  site: Site,
  { question, asked, first = ['/'], readAs }: Asking,
): Promise<boolean> {
  const { token } = work.identity;
  const answer = new Answer(token, readAs);
  const settings = { job: 'survey', text: ASK_PATHS_TEXT, words: [question, SEEN_FORMAT] } as const;
  const channel = await startWorker(work.held, site, settings, {
    onStdout: (chunk) => {
      if (!answer.push(chunk)) channel.close();
    },
    onStderr: (chunk) => answer.hearError(chunk),
  });
  const sink = guardSink(channel, work.request.times.receiveTimeoutMs);
  let hasEnded = false;
  const result = channel.result.finally(() => {
    hasEnded = true;
  });
  await sink.write(Buffer.from(`${[token, ...first, LAST_FIRST].join('\n')}\n`));
  for (const block of blocksOf(asked)) {
    if (answer.problem !== undefined || hasEnded) break;
    work.held.check();
    await sink.write(block);
  }
  sink.end();
  const ending = await result;
  const stall = sink.stall();
  const problem = stall === undefined ? answer.finish(ending) : `it was given up: ${stall}`;
  if (problem !== undefined) throw new LockstepError('upload-failed', problem, { node: site.node });
  return !answer.isNone;
}

/** As their bytes, of which a reader has one character each. */
export function askedPaths(length: number, pathAt: (at: number) => string): AskedPaths {
  return { length, pathAt: (at) => Buffer.from(pathAt(at)).toString('latin1') };
}

/** No path is so. */
const LAST_FIRST = '/end';

function* blocksOf(asked: AskedPaths): Generator<Buffer> {
  let block = '';
  for (let at = 0; at < asked.length; at++) {
    block += `${asked.pathAt(at)}\0`;
    if (block.length < LIMITS.smallFileBytes) continue;
    yield Buffer.from(block, 'latin1');
    block = '';
  }
  if (block !== '') yield Buffer.from(block, 'latin1');
}

/** What a node says on its way: a first line, the answers, and a last line. Nothing of it is held beyond a bound. */
export class Answer {
  readonly #token: string;
  readonly #readAs: Asking['readAs'];
  #reader: AnswerReader | undefined;
  #head: Buffer = Buffer.alloc(0);
  #said = '';
  /** Why this is no answer. */
  problem: string | undefined;
  /** It has none of the first paths, and was not asked about the others. */
  isNone = false;

  constructor(token: string, readAs: Asking['readAs']) {
    this.#token = token;
    this.#readAs = readAs;
  }

  /** False: it is not listened to any longer. */
  push(chunk: Buffer): boolean {
    if (this.problem !== undefined) return false;
    this.#read(() => (this.#reader === undefined ? this.#begin(chunk) : this.#reader.push(chunk)));
    return this.problem === undefined;
  }

  hearError(chunk: Buffer): void {
    this.#said = (this.#said + chunk.toString()).slice(-LIMITS.nodeSaidCharsMax);
  }

  /** Why it has not answered to the end, if it has not. */
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
      this.problem = `it answers what cannot be read: ${(thrown as Error).message}`;
      return undefined;
    }
  }

  #begin(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const text = this.#head.toString('latin1');
    const [line, uid] = new RegExp(`${this.#token} SEES (\\d+)\n`).exec(text) ?? [];
    if (line === undefined) {
      if (text.length > LIMITS.replyLineBytesMax) throw new Error('it has no first line');
      return;
    }
    const begun = this.#head.subarray(text.indexOf(line) + line.length);
    this.#head = Buffer.alloc(0);
    this.#reader = this.#readAs(Number(uid));
    this.#reader.push(begun);
  }
}
