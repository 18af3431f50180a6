/** One command on its site's ground: captures and passes on its output, and ends it when it must. */
import type { Clock } from '../../core/clock.ts';
import { type ErrorCode, LockstepError, toLockstepError } from '../../core/errors.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { singleLine } from '../../text/single-line.ts';
import type { JobEvent } from '../job-types.ts';
import { handTo, isPromise } from '../tell/sinks.ts';
import type { CommandEnd, Ground, Running, ShellResult, Sink, Started } from '../types.ts';
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
  output(
    stream: 'stdout' | 'stderr',
    chunk: Uint8Array,
  ): ReturnType<(event: JobEvent) => void | Promise<void>>;
}

export class Command implements Running, Work {
  readonly result: Promise<ShellResult>;
  readonly over: Promise<LockstepError | undefined>;
  readonly #wish: CommandWish;
  readonly #settings: CommandSettings;
  readonly #stdout: Capture;
  readonly #stderr: Capture;
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
    this.#stdout = new Capture(wish.captureBytes);
    this.#stderr = new Capture(wish.captureBytes);
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
      const onStdout = (chunk: Uint8Array) => this.#take('stdout', this.#stdout, chunk);
      const onStderr = (chunk: Uint8Array) => this.#take('stderr', this.#stderr, chunk);
      this.#started = this.#settings.ground.start(text, { cwd, env, stdin, become, onStdout, onStderr });
      this.#limit(this.#started);
      return await this.#started.result;
    } finally {
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

  #take(stream: 'stdout' | 'stderr', capture: Capture, chunk: Uint8Array): void | Promise<void> {
    capture.add(chunk);
    const sink = this.#wish[stream];
    if (sink === 'none') return;
    const taken = this.#pass(sink, stream, chunk);
    return taken === undefined ? undefined : Promise.race([taken, this.#told]);
  }

  #pass(sink: Sink | undefined, stream: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void> | undefined {
    const failed = (error: unknown) => {
      const message = `its ${stream} could not be passed on: ${error instanceof Error ? error.message : String(error)}`;
      this.end(this.#error('output-not-written', message, this.#wish.text, error));
    };
    try {
      const taken = sink === undefined ? this.#settings.output(stream, chunk) : handTo(sink, chunk);
      return isPromise(taken) ? taken.then(() => {}, failed) : undefined;
    } catch (error) {
      failed(error);
      return undefined;
    }
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
    const isCut = this.#stdout.isCut || this.#stderr.isCut;
    return { code, signal, stdout: this.#stdout.text(), stderr: this.#stderr.text(), isCut };
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

const DONE = Promise.resolve();
