/** The listeners of a run, at the terminal and in files: they hear all of its events, and then its end. */

import { systemClock } from '../core/clock.ts';
import { EXIT, LockstepError, toLockstepError } from '../core/errors.ts';
import type { ControlEvent, Listener, LogLevel, RunEnd, Stream, Teller } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { NodeOutcome } from '../core/outcome.ts';
import { stamped, tee } from '../core/stamp.ts';
import { atMost, unlessAborted } from '../core/waiting.ts';
import type { EventLines } from './event-lines.ts';
import { createOutput, type Output } from './output.ts';
import type { Finished } from './report/summary.ts';
import { type FileSettings, openRunFiles, type RunFiles } from './run-files.ts';
import type { OutputSettings } from './settings.ts';
import { brokenOutputError } from './terminal/broken.ts';
import { openTerminal, type Terminal } from './terminal/terminal.ts';

export interface AudienceSettings extends Omit<OutputSettings, 'nodes' | 'isOutputHidden'>, FileSettings {
  /** A program that hears all events, and the end. */
  readonly events: EventLines | undefined;
  /** Hears all events, the end before the other listeners, holds nobody back, and is whole once closed. */
  readonly journal?: (Listener & { close(): Promise<void> }) | undefined;
  /** Aborts when the user ends the run. */
  readonly signal: AbortSignal;
  /** Called when nobody reads any more, or the disk is full: the run should end. */
  onBroken(cause: LockstepError): void;
}

export class Audience {
  /** All listeners get what it tells, stamped. */
  readonly teller: Teller;
  readonly #settings: AudienceSettings;
  readonly #listeners: Listener[];
  readonly #terminal: Terminal;
  /** Nodes that end their work because the user ended the run. */
  readonly #ending = new Set<Node>();
  #output: Output;
  #files: RunFiles | undefined;
  /** The files of the run are open. */
  #begun = Promise.resolve();
  #broken: LockstepError | undefined;
  #run: string | undefined;

  constructor(settings: AudienceSettings) {
    this.#settings = settings;
    this.#terminal = openTerminal((stream, error) => this.#onBroken(stream, error));
    this.#output = this.#openOutput([]);
    const screen: Listener = {
      tell: (event) => this.#show(event),
      output: (event) => this.#output.output(event),
      heard: () => this.#begun.then(() => this.#output.heard()),
    };
    this.#listeners = [settings.events, screen, settings.journal].filter((one) => one !== undefined);
    this.teller = stamped(tee(this.#listeners), () => settings.clock.now().getTime());
    // A reader who has stopped holds nodes back, so that they could not say that their work has ended.
    const hurry = () => this.#terminal.limitPatience(LIMITS.closeGraceMs);
    settings.signal.addEventListener('abort', hurry, { once: true });
  }

  /** Says on stderr which nodes are at work, and since when. */
  readonly tellAtWork = (): void => this.#output.tellAtWork();

  /** Removes the bar until it is drawn again; resolves when the terminal shows that. */
  readonly leaveLine = (): Promise<void> => this.#output.leaveLine();

  /** The last words of a run whose user does not wait for its end. */
  readonly leave = (): Promise<void> => this.#output.leave([...this.#ending]);

  /** Writes what is left, and reports. Resolves with the program's exit code, for which failed writes count. */
  async close(ending: RunEnd): Promise<number> {
    const { signal } = this.#settings;
    const late = await this.#lateFailures(ending.outcomes);
    // The first cause counts.
    const cause = ending.failure ?? (ending.exitCode === EXIT.ok ? late[0] : undefined);
    for (const { code, message, causes } of new Set(late.filter((error) => error !== cause))) {
      if (FAILED_WRITES.has(code)) this.teller.tell({ type: 'log', level: 'error', message, causes });
    }
    const exitCode = cause?.exitCode ?? ending.exitCode;
    const told = { ...ending, exitCode, failure: cause };
    const at = this.#settings.clock.now().getTime();
    const end = { ...finishedEvent(told), at, run: this.#run };
    // Its own warnings come before the end, after which programs hear nothing.
    this.#settings.journal?.tell(end);
    await this.#settings.journal?.close();
    this.teller.tell(end);
    await this.#report(told);
    await this.#output.close(signal.aborted ? LIMITS.closeGraceMs : undefined);
    await this.#flushEvents();
    // The report itself may have met the full disk. Then nobody can read why.
    return exitCode === EXIT.ok && this.#broken !== undefined ? this.#broken.exitCode : exitCode;
  }

  /** From now on messages have the names of the nodes. Rejects when a file of the run cannot be written. */
  async #begin(nodes: readonly Node[]): Promise<void> {
    this.#output = this.#openOutput(nodes);
    this.#files = await openRunFiles(this.#settings, nodes);
    this.#listeners.push(...this.#files.listeners);
  }

  #show(event: ControlEvent): void {
    if (event.type === 'begun') this.#run = event.run;
    if (event.type === 'nodes') {
      this.#begun = this.#begin(event.nodes);
      this.#begun.catch(() => {});
    }
    this.#noteEnding(event);
    // `close` reports it, if at all, once the run is known to be over.
    if (event.type !== 'finished') this.#output.tell(event);
  }

  #openOutput(nodes: readonly Node[]): Output {
    const { quiet, fold, outdir } = this.#settings;
    const isOutputHidden = quiet && outdir !== undefined && fold === undefined;
    return createOutput({ ...this.#settings, nodes, isOutputHidden }, this.#terminal);
  }

  #noteEnding(event: ControlEvent): void {
    if (event.type === 'phase') for (const node of event.of ?? []) this.#ending.add(node);
    if (event.type === 'node-done' && event.phase === 'ending') this.#ending.delete(event.node);
  }

  /** Failures after the work. Output that waits for its reader belongs to the run: a signal ends the wait for it. */
  async #lateFailures(outcomes: readonly NodeOutcome[]): Promise<LockstepError[]> {
    const { signal } = this.#settings;
    const late = (await this.#files?.finish(outcomes)) ?? [];
    await this.#flushEvents();
    if (!signal.aborted) await unlessAborted(signal, this.#output.settle()).catch(() => {});
    if (this.#broken !== undefined) late.push(this.#broken);
    if (signal.aborted) late.push(toLockstepError(signal.reason));
    return late;
  }

  /** A reader of events that is gone, or a full disk behind it, is a failure by itself. */
  async #flushEvents(): Promise<void> {
    const { events, signal } = this.#settings;
    if (events === undefined) return;
    const patience = signal.aborted ? { clock: systemClock, timeoutMs: LIMITS.closeGraceMs } : undefined;
    const flushed = events.heard();
    await (patience === undefined
      ? unlessAborted(signal, flushed).catch(() => {})
      : atMost(flushed, patience));
    const lost = events.broken();
    if (lost === undefined) return;
    this.#broken ??= new LockstepError('output-not-written', `cannot write the events: ${lost.message}`);
  }

  async #report(ending: RunEnd): Promise<void> {
    const { failure, isOrderly } = ending;
    if (isOrderly && (failure === undefined || WANTED_ENDS.has(failure.code))) {
      // After a program its exit code says how the run ended.
      const level: LogLevel = failure === undefined ? 'debug' : 'info';
      return this.#output.tell({ type: 'log', level, message: 'the lock is released on all nodes' });
    }
    await this.#output.report(finishedEvent(ending));
  }

  #onBroken(stream: Stream, error: Error): void {
    const cause = brokenOutputError(error, { isTTY: this.#terminal.isTTY(stream) });
    // Nobody would have read these words, so their loss is no failure.
    if (stream === 'stderr' && cause.code === 'hangup') return;
    this.#broken ??= cause;
    if (stream === 'stdout') this.#settings.onBroken(cause);
  }
}

function finishedEvent({ outcomes, exitCode, failure, files, stuck, success }: RunEnd): Finished {
  return {
    type: 'finished',
    outcomes,
    exitCode,
    ...(failure === undefined ? {} : { failure }),
    ...(files === undefined ? {} : { files }),
    stuck,
    ...(success === undefined || exitCode !== EXIT.ok ? {} : { success }),
  };
}

/** A user who ended the run like this waits for no report. */
const WANTED_ENDS: ReadonlySet<string> = new Set(['interrupted', 'terminated']);

/** Reported even after other failures: the user may count on the files. */
const FAILED_WRITES: ReadonlySet<string> = new Set(['file-not-written', 'output-not-written']);
