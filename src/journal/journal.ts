/**
 * Writes the journal of a run as it goes: `request.json`, then its events, one a line. The run does not feel it: events
 * wait a moment for others, writes block nobody, and an error is reported once and ends the journal, never the run.
 */
import { type FileHandle, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { LockstepError } from '../core/errors.ts';
import type { ControlEvent, Listener, LogLevel, OutputEvent, Stamped } from '../core/events.ts';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import type { Node } from '../core/node.ts';
import { systemErrorText } from '../core/system-error.ts';
import { atMost } from '../core/waiting.ts';
import { type Begun, beginRun, type RunFacts } from './begin-run.ts';
import { TORN_MODE } from './head.ts';
import { KeptOutput, type OutputFiles } from './kept-output.ts';
import { makePlace } from './place.ts';
import { prune } from './prune.ts';
import { createSieve } from './worth.ts';

export interface JournalSettings extends RunFacts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An event as JSON, in an object of its own. */
  objectOf(event: Stamped<ControlEvent>): Record<string, unknown>;
  /** Where the journal keeps the output of commands as well. */
  readonly outputFiles?: ((directory: string) => OutputFiles) | undefined;
  tell(level: LogLevel, message: string): void;
}

export class Journal implements Listener {
  readonly #settings: JournalSettings;
  readonly #output: KeptOutput | undefined;
  readonly #isWorth = createSieve();
  #waiting: Stamped<ControlEvent>[] = [];
  /** How many events it has heard, and how many of these it has written. */
  #toldCount = 0;
  #writtenCount = 0;
  #nodes: readonly Node[] = [];
  #file: FileHandle | undefined;
  #bytes = 0;
  /** Of the events to come it keeps only the end. */
  #isFull = false;
  #isOver = false;
  /** The disk does not answer, and the run has said so. */
  #isHung = false;
  #timer: NodeJS.Timeout | undefined;
  #opening: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #place = '';
  /** The directory of this run, once it has a head. */
  #path = '';
  /** Why it has broken. */
  #brokenBy: string | undefined;
  #pruning = Promise.resolve();

  constructor(settings: JournalSettings) {
    this.#settings = settings;
    this.#output = settings.outputFiles === undefined ? undefined : new KeptOutput();
  }

  tell(event: Stamped<ControlEvent>): void {
    if (this.#isOver) return;
    if (event.type === 'nodes') this.#nodes = event.nodes;
    if (!this.#isWorth(event) || (this.#isFull && event.type !== 'finished')) return;
    this.#waiting.push(event);
    this.#toldCount += 1;
    if (event.type === 'begun') this.#opening = this.#guarded(() => this.#open(event));
    this.#writeSoon();
  }

  output(event: Stamped<OutputEvent>): void {
    if (!this.#isOver) this.#output?.take(event);
  }

  /** No run waits for its journal. */
  async heard(): Promise<void> {}

  /**
   * Resolves when all events so far are in the file, where they survive a kill of this process, or when the journal has
   * broken. It waits for a disk that does not answer: it could mark nothing there, and a later run would think that the
   * node never began.
   */
  async kept(): Promise<void> {
    if (this.#isOver) return;
    const written = this.#writeUpTo(this.#toldCount);
    const patience = { clock: systemClock, timeoutMs: JOURNAL_LIMITS.keptMs };
    if (await atMost(written, patience)) return;
    this.#tellHung();
    await written;
  }

  /** The same, before a run begins with which others may want to go on. Rejects if its journal is broken, and leaves none then. */
  async begun(): Promise<void> {
    await this.kept();
    if (this.#brokenBy === undefined) return;
    if (this.#path !== '') await rm(this.#path, { recursive: true, force: true }).catch(() => {});
    const message = `the journal of this rollout cannot be written, and without it nobody could resume it: ${this.#brokenBy}`;
    throw new LockstepError('local-refusal', message, { hint: UNWRITTEN });
  }

  /** Writes what is left of a run that has told its end. The journal hears nothing more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const patience = { clock: systemClock, timeoutMs: JOURNAL_LIMITS.closeMs };
    if (
      !(await atMost(
        this.#guarded(() => this.#end()),
        patience,
      ))
    )
      this.#break(new Error('the disk does not answer'));
    if (this.#isOver) return;
    this.#isOver = true;
    // Old runs that stay a while longer are no fault of this one.
    await atMost(this.#prune(), patience);
  }

  async #open(begun: Begun): Promise<void> {
    const { environment, outputFiles, tell } = this.#settings;
    const place = await makePlace(environment);
    if (place === undefined) {
      this.#isOver = true;
      return tell('debug', 'there is no home of this account, so this run has no journal');
    }
    this.#place = place;
    const path = join(place, begun.run);
    this.#file = await beginRun(path, begun, { ...this.#settings, nodes: this.#nodes });
    this.#path = path;
    if (outputFiles !== undefined) this.#output?.open(outputFiles(path));
    this.#pruning = prune(place, 'runs').catch(() => {});
    this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#file === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#writeNow();
    }, JOURNAL_LIMITS.gatherMs).unref();
  }

  #writeNow(): Promise<void> {
    this.#writing ??= this.#guarded(() => this.#write()).finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#writeSoon();
    });
    return this.#writing;
  }

  async #writeUpTo(count: number): Promise<void> {
    await this.#opening;
    while (this.#writtenCount < count && this.#file !== undefined && !this.#isOver) await this.#writeNow();
  }

  /** Once for all who wait. */
  #tellHung(): void {
    if (this.#isHung || this.#isOver) return;
    this.#isHung = true;
    this.#settings.tell('warn', `the disk of the journal does not answer: ${HELD}`);
  }

  async #write(): Promise<void> {
    const events = this.#waiting.splice(0);
    let bytes = this.#lines(events);
    if (!this.#isFull && this.#bytes + bytes.length > JOURNAL_LIMITS.eventBytesMax) {
      this.#isFull = true;
      this.#markTorn();
      this.#settings.tell('warn', 'the journal of this run is not whole: its events are too many');
    }
    if (this.#isFull) bytes = this.#lines(events.filter(({ type }) => type === 'finished'));
    this.#bytes += bytes.length;
    await this.#file?.appendFile(bytes);
    if (this.#isHung) this.#settings.tell('info', 'the disk of the journal answers again');
    this.#isHung = false;
    this.#writtenCount += events.length;
  }

  /** Lost events may have happened all the same. Even a full disk takes this mark. */
  #markTorn(): void {
    this.#file?.chmod(TORN_MODE).catch(() => {});
  }

  #lines(events: readonly Stamped<ControlEvent>[]): Buffer {
    return Buffer.from(events.map((event) => this.#line(event)).join(''));
  }

  /** The stamp comes first. To copy the object around it would cost more than all else that a journal does. */
  #line(event: Stamped<ControlEvent>): string {
    const stamp = JSON.stringify({ at: new Date(event.at).toISOString(), run: event.run });
    const object = this.#settings.objectOf(event);
    object.at = undefined;
    object.run = undefined;
    return `${stamp.slice(0, -1)},${JSON.stringify(object).slice(1)}\n`;
  }

  async #end(): Promise<void> {
    await this.#opening;
    const file = this.#file;
    if (file === undefined || this.#isOver) return;
    try {
      this.#waiting.unshift(...((await this.#output?.close()) ?? []));
    } finally {
      // Output that could not be kept must not take the end with it. Two writes at once might tear lines.
      await this.#writing;
      await this.#write();
      this.#file = undefined;
      await file.close();
    }
  }

  async #prune(): Promise<void> {
    await this.#pruning;
    const bytes = this.#bytes + (this.#output?.bytes ?? 0);
    if (bytes > JOURNAL_LIMITS.smallRunBytes) await prune(this.#place, 'bytes').catch(() => {});
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    if (this.#isOver) return;
    try {
      await work();
    } catch (error) {
      this.#break(error);
    }
  }

  /** What is written stays: it is true. */
  #break(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#output?.forget();
    this.#markTorn();
    void this.#file?.close().catch(() => {});
    this.#file = undefined;
    this.#brokenBy = systemErrorText(error);
    this.#settings.tell('warn', `the journal of this run is not whole: ${this.#brokenBy}`);
  }
}

const UNWRITTEN =
  'nothing was run on any node; make room, name another directory by XDG_STATE_HOME, or go without it: --no-journal';
const HELD = 'until it does no more nodes begin, since a resume would run them again; Ctrl-C ends the run';
