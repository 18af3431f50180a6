/** What every run has around its work: the interrupt, the terminal, and the one report at the end in which everything that went wrong is told. */

import { isatty } from 'node:tty';
import { systemClock } from '../../core/clock.ts';
import { EXIT, type LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Emit, LogLevel, Stream, Success } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import type { NodeOutcome, Outcome } from '../../core/outcome.ts';
import { STDIN_PATHS } from '../../core/surroundings.ts';
import { createOutput, type Output, type OutputSettings } from '../../output/output.ts';
import { brokenOutputError } from '../../output/terminal/broken.ts';
import { openTerminal, type Terminal } from '../../output/terminal/terminal.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { RunRequest } from '../request.ts';
import { type Interrupt, watchInterrupt } from '../start/interrupt.ts';
import { unlessAborted } from '../work.ts';
import { stdinOf } from '../work-request.ts';
import { FileStates } from './file-states.ts';
import { openRunFiles, type RunFiles } from './run-files.ts';

export interface Report {
  /** How each node ended, as far as it is known. */
  readonly outcomes: Map<string, Outcome>;
  /** What is known of the destinations. */
  readonly files: FileStates;
  /** Nodes that were told to end their work, and have not said that they have. */
  readonly stuck: Node[];
  /** Those that are ending their work. */
  readonly ending: Set<Node>;
  readonly interrupt: Interrupt;
  /** The nodes of the run are known: what is told from here on has their names. Rejects when a file of the run cannot be written. */
  begin(nodes: readonly Node[]): Promise<Emit>;
  /** What is looked up on this machine before the run: it may hang, and a signal ends it all the same. */
  prepare<T>(work: Promise<T>): Promise<T>;
  /** All nodes are locked: from here something may have happened on them. */
  onWork(): void;
  /** All that was to be done is done, and every lock given back. */
  onDone(collection: Collection | undefined): void;
  /** The program of `-L` has ended: its code is the run's, unless the lock was lost. */
  onProgramEnd(code: number): void;
}

/** Resolves with the exit code. Never rejects. */
export async function reported(asked: Asked, work: (report: Report) => Promise<void>): Promise<number> {
  const run = new ReportedRun(asked);
  return run.end(await work(run).then(() => undefined, toLockstepError));
}

export interface Asked {
  readonly request: RunRequest;
  /** What was said of the request before, each as a sentence. */
  readonly remarks: readonly string[];
}

class ReportedRun implements Report {
  readonly outcomes = new Map<string, Outcome>();
  readonly files = new FileStates();
  readonly stuck: Node[] = [];
  readonly ending = new Set<Node>();
  readonly interrupt: Interrupt = watchInterrupt(() => this.#output.leave([...this.ending]));
  readonly #request: RunRequest;
  readonly #startedMs = systemClock.monotonicMs();
  readonly #terminal: Terminal;
  #output: Output;
  #broken: LockstepError | undefined;
  #nodes: readonly Node[] = [];
  #runFiles: RunFiles | undefined;
  #preparing: Promise<unknown> = Promise.resolve();
  #hasWorkBegun = false;
  #programCode: number | undefined;
  #success: Success | undefined;

  constructor({ request, remarks }: Asked) {
    this.#request = request;
    this.#terminal = openTerminal((stream, error) => this.#onBroken(stream, error));
    this.#output = createOutput(outputSettings(request, this.#nodes), this.#terminal);
    // A node that is held back by a reader who has stopped could not say that its work is ended.
    const hurry = () => this.#terminal.limitPatience(LIMITS.closeGraceMs);
    this.interrupt.signal.addEventListener('abort', hurry, { once: true });
    // Node.js would open its debugger.
    process.on('SIGUSR1', this.#tellAtWork);
    for (const message of remarks) this.#log('warn', message);
  }

  readonly begin = async (nodes: readonly Node[]): Promise<Emit> => {
    this.#nodes = nodes;
    this.#output = createOutput(outputSettings(this.#request, nodes), this.#terminal);
    this.#runFiles = await openRunFiles(this.#request.show, { nodes, next: this.#output.emit });
    return this.#runFiles.emit;
  };

  readonly prepare = <T>(work: Promise<T>): Promise<T> => {
    this.#preparing = work.catch(() => {});
    return unlessAborted(this.interrupt.signal, work);
  };

  readonly onWork = (): void => {
    this.#hasWorkBegun = true;
  };

  readonly onDone = (collection: Collection | undefined): void => {
    const tookMs = systemClock.monotonicMs() - this.#startedMs;
    this.#success = successOf(this.#request, { collection, outcomes: this.outcomes, tookMs });
  };

  readonly onProgramEnd = (code: number): void => {
    this.#programCode = code;
  };

  async end(failure: LockstepError | undefined): Promise<number> {
    const { signal } = this.interrupt;
    const list = this.#nodes.map(
      (node): NodeOutcome => ({
        node,
        outcome: this.outcomes.get(node.id) ?? missing(failure, this.#hasWorkBegun),
      }),
    );
    const endCode = this.#programCode ?? exitCodeOf(list);
    const late = await this.#lateFailures(list);
    // The first cause counts.
    const cause = failure ?? (endCode === EXIT.ok ? late[0] : undefined);
    for (const { code, message, causes } of new Set(late.filter((error) => error !== cause))) {
      if (FAILED_WRITES.has(code)) this.#log('error', message, causes);
    }
    const exitCode = cause?.exitCode ?? endCode;
    await this.#tellEnd(list, cause, exitCode);
    await this.#output.close(signal.aborted ? LIMITS.closeGraceMs : undefined);
    if (signal.aborted && (await isStuck(this.#preparing))) this.interrupt.obey();
    this.interrupt.stop();
    process.off('SIGUSR1', this.#tellAtWork);
    // The report itself may have met the full disk, and then nobody can be told.
    return exitCode === EXIT.ok && this.#broken !== undefined ? this.#broken.exitCode : exitCode;
  }

  /** What goes wrong when the work is over. What waits to be read belongs to the run: a signal ends the wait for it. */
  async #lateFailures(list: readonly NodeOutcome[]): Promise<LockstepError[]> {
    const { signal } = this.interrupt;
    const late = (await this.#runFiles?.finish(list)) ?? [];
    if (!signal.aborted) await unlessAborted(signal, this.#output.settle()).catch(() => {});
    if (this.#broken !== undefined) late.push(this.#broken);
    if (signal.aborted) late.push(toLockstepError(signal.reason));
    return late;
  }

  async #tellEnd(
    outcomes: readonly NodeOutcome[],
    failure: LockstepError | undefined,
    exitCode: number,
  ): Promise<void> {
    if (this.#hasWorkBegun && isOrderlyEnd(this.#request, failure)) {
      // After a program the end is told by its code.
      this.#log(failure === undefined ? 'debug' : 'info', 'the lock is released on all nodes');
      return;
    }
    const files = this.files.atEnd();
    const success = exitCode === EXIT.ok ? this.#success : undefined;
    await this.#output.emit({
      type: 'finished',
      outcomes,
      exitCode,
      ...(failure === undefined ? {} : { failure }),
      ...(files === undefined ? {} : { files }),
      stuck: this.stuck,
      ...(success === undefined ? {} : { success }),
    });
  }

  #onBroken(stream: Stream, error: Error): void {
    const cause = brokenOutputError(error, { isTTY: this.#terminal.isTTY(stream) });
    // What was to be said to nobody is no loss.
    if (stream === 'stderr' && cause.code === 'hangup') return;
    this.#broken ??= cause;
    if (stream === 'stdout') this.interrupt.trigger(cause);
  }

  readonly #tellAtWork = (): void => this.#output.tellAtWork();

  #log(level: LogLevel, message: string, causes: readonly unknown[] = []): void {
    void this.#output.emit({ type: 'log', level, message, causes });
  }
}

/** Told also where something else has failed before: the user may count on what was to be there. */
const FAILED_WRITES: ReadonlySet<string> = new Set(['file-not-written', 'output-not-written']);

async function isStuck(work: Promise<unknown>): Promise<boolean> {
  const isOver = () => false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), LIMITS.stuckLookMs);
  });
  return Promise.race([work.then(isOver, isOver), late]).finally(() => clearTimeout(timer));
}

function outputSettings({ show, work }: RunRequest, nodes: readonly Node[]): OutputSettings {
  const { quiet, fold, outdir } = show;
  const stdin = stdinOf(work);
  const isTyping = stdin !== undefined && STDIN_PATHS.includes(stdin) && isatty(0);
  const clock = { now: () => new Date(), monotonicMs: systemClock.monotonicMs };
  const isOutputHidden = quiet && outdir !== undefined && fold === undefined;
  return { ...show, fold, nodes, isTyping, isOutputHidden, environment: process.env, clock };
}

/** Of a run that was to change files; what a command did it has said itself. */
function successOf(
  { work: { mode } }: RunRequest,
  { collection, outcomes, tookMs }: SuccessFacts,
): Success | undefined {
  if (mode !== 'upload' && mode !== 'sync') return undefined;
  const nodes = [...outcomes.values()].filter(({ kind }) => kind === 'ok').length;
  return { files: collection?.files, bytes: collection?.bytes, nodes, tookMs };
}

interface SuccessFacts {
  readonly collection: Collection | undefined;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly tookMs: number;
}

/** A node that nothing is known of: at work when the run ended, or never at work. */
function missing(failure: LockstepError | undefined, hasWorkBegun: boolean): Outcome {
  if (failure === undefined) return { kind: 'ok' };
  if (hasWorkBegun) return { kind: 'lost', reason: 'its work was ended with the run', follows: true };
  return { kind: 'skipped', reason: 'nothing was run there' };
}

/** `-L` ends with an interrupt, or with its program: neither is a failure to report. */
function isOrderlyEnd({ work: { mode } }: RunRequest, failure: LockstepError | undefined): boolean {
  if (mode !== 'lock') return false;
  return failure === undefined || failure.code === 'interrupted' || failure.code === 'terminated';
}

/** `-w` tolerates nodes that were never reached; everything else that is not ok is a failure. */
function exitCodeOf(outcomes: readonly NodeOutcome[]): number {
  const failed = outcomes.filter(({ outcome }) => outcome.kind !== 'ok' && outcome.kind !== 'refused');
  return failed.length === 0 ? EXIT.ok : EXIT.commandFailed;
}
