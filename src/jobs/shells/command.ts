/** One command on its site's ground: captures and passes on its output, and ends it when it must. */
import type { Clock } from '../../core/clock.ts';
import { type ErrorCode, LockstepError, toLockstepError } from '../../core/errors.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { LineSplitter } from '../../text/lines.ts';
import { singleLine } from '../../text/single-line.ts';
import { handTo, isPromise } from '../tell/sinks.ts';
import type { CommandEnd, Ground, Running, ShellResult, Started } from '../types.ts';
import { abortError, onAnyAbort } from './aborts.ts';
import { Capture } from './capture.ts';
import { watchInput } from './input.ts';
import type { CommandWish } from './read-run.ts';
import type { Work } from './works.ts';

export interface CommandSettings {
  readonly site: string;
  readonly ground: Ground;
  readonly clock: Clock;
  /** Unless the command says otherwise. */
  readonly check: boolean;
  /** Takes whole lines of output that has no sink of its own; `endsLine`: the last line, which has no newline. */
  output(stream: 'stdout' | 'stderr', lines: Uint8Array, endsLine: boolean): void | Promise<void>;
}

export class Command implements Running, Work {
  readonly result: Promise<ShellResult>;
  readonly over: Promise<LockstepError | undefined>;
  readonly #wish: CommandWish;
  readonly #settings: CommandSettings;
  readonly #stdout: Output;
  readonly #stderr: Output;
  #started: Started | undefined;
  #isTold = false;
  /** Why it did not come to its own end; the first cause. */
  #cut: LockstepError | undefined;
  /** Resolves with the order to end: then nobody waits for a sink any more. */
  readonly #told: Promise<void>;
  #tell: () => void = () => {};
  #cancel: () => void = () => {};

  constructor(wish: CommandWish, settings: CommandSettings) {
    this.#wish = wish;
    this.#settings = settings;
    const outputOf = (stream: Output['stream']): Output => {
      return { stream, capture: new Capture(wish.captureBytes), lines: new LineSplitter() };
    };
    this.#stdout = outputOf('stdout');
    this.#stderr = outputOf('stderr');
    this.#told = new Promise((resolve) => {
      this.#tell = resolve;
    });
    const ended = this.#run();
    this.result = ended.then(
      (end) => this.#resultOf(end),
      (error) => {
        throw this.#cut ?? error;
      },
    );
    // A program that does not wait for it does not want to hear of it.
    this.result.catch(() => {});
    this.over = ended.then(
      () => undefined,
      (error) => (this.#cut === undefined || error === this.#cut ? undefined : toLockstepError(error)),
    );
  }

  end(why?: LockstepError): void {
    this.#cut ??= why;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell();
    this.#started?.end();
  }

  async #run(): Promise<CommandEnd> {
    const { signal, text, cwd, env, stdin, become } = this.#wish;
    if (signal?.aborted === true) throw abortError(signal);
    const letGo = onAnyAbort([signal], (why) => this.end(why));
    const letGoOfInput = watchInput(stdin, (why) => this.end(why));
    try {
      if (this.#cut !== undefined) throw this.#cut;
      const onStdout = (chunk: Uint8Array) => this.#take(this.#stdout, chunk);
      const onStderr = (chunk: Uint8Array) => this.#take(this.#stderr, chunk);
      this.#started = this.#settings.ground.start(text, { cwd, env, stdin, become, onStdout, onStderr });
      this.#limit(this.#started);
      return await this.#started.result;
    } finally {
      await Promise.all([this.#takeRest(this.#stdout), this.#takeRest(this.#stderr)]);
      this.#cancel();
      letGo();
      letGoOfInput();
    }
  }

  /** Its time counts from when it begins. */
  #limit({ begun = DONE, result }: Started): void {
    const { timeoutMs, text } = this.#wish;
    if (timeoutMs === undefined) return;
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    result.then(over, over);
    const late = () => {
      const message = `took longer than ${timeoutMs / 1000} s, and was ended`;
      this.end(this.#error('command-timed-out', message, text));
    };
    begun.then(
      () => {
        if (!isOver) this.#cancel = this.#settings.clock.after(timeoutMs, late);
      },
      () => {},
    );
  }

  #take({ stream, capture, lines }: Output, chunk: Uint8Array): void | Promise<void> {
    capture.add(chunk);
    const sink = this.#wish[stream];
    if (sink === 'none') return;
    if (sink !== undefined) return this.#pass(stream, [() => handTo(sink, chunk)]);
    const whole = lines.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    const { output } = this.#settings;
    return this.#pass(
      stream,
      whole.map((part) => () => output(stream, part, false)),
    );
  }

  #takeRest({ stream, lines }: Output): void | Promise<void> {
    const rest = lines.end();
    if (rest === undefined) return;
    return this.#pass(stream, [() => this.#settings.output(stream, rest, true)]);
  }

  /** A promise resolves when all is taken, or the command is to end. */
  #pass(stream: Output['stream'], hands: readonly (() => unknown)[]): void | Promise<void> {
    const failed = (error: unknown) => {
      const message = `its ${stream} could not be passed on: ${error instanceof Error ? error.message : String(error)}`;
      this.end(this.#error('output-not-written', message, this.#wish.text, error));
    };
    const late: Promise<void>[] = [];
    for (const hand of hands) {
      try {
        const taken = hand();
        if (isPromise(taken)) late.push(taken.then(() => {}, failed));
      } catch (error) {
        failed(error);
      }
    }
    if (late.length > 0) return Promise.race([Promise.all(late).then(() => {}), this.#told]);
  }

  #resultOf({ code, signal }: CommandEnd): ShellResult {
    const { check = this.#settings.check, text } = this.#wish;
    if (this.#cut !== undefined) throw this.#cut;
    if (check && code !== 0)
      throw this.#error(
        'command-failed',
        code === undefined ? `ended by ${signal}` : `exit code ${code}`,
        text,
      );
    const [stdout, stderr] = [this.#stdout.capture, this.#stderr.capture];
    const isCut = stdout.isCut || stderr.isCut;
    return { code, signal, stdout: stdout.text(), stderr: stderr.text(), isCut };
  }

  #error(code: ErrorCode, what: string, text: string, cause?: unknown): LockstepError {
    const { node } = this.#settings.ground;
    const where = node === undefined ? ` on ${this.#settings.site}` : '';
    const command = singleLine(text, JOBS_LIMITS.commandCharsMax);
    return new LockstepError(code, `${what}${where}: ${command}`, {
      node,
      causes: cause === undefined ? [] : [cause],
    });
  }
}

interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly capture: Capture;
  /** For listeners that hear other commands of the site as well. */
  readonly lines: LineSplitter;
}

const DONE = Promise.resolve();
