/** Keeps the status bar on the terminal up to date, at a bounded rate. */
import type { RunEvent } from '../../events.ts';
import { LIMITS } from '../../limits.ts';
import type { BarLook } from '../look/bar-look.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { advance, drawProgress, type Progress } from './progress.ts';
import { cutToColumns } from './width.ts';

/** Of a terminal that does not tell. */
const DEFAULT_COLUMNS = 80;

export class StatusBar {
  readonly #terminal: Terminal;
  readonly #look: BarLook;
  readonly #nowMs: () => number;
  #progress: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, look: BarLook, nowMs: () => number) {
    this.#terminal = terminal;
    this.#look = look;
    this.#nowMs = nowMs;
  }

  see(event: RunEvent): void {
    this.#progress = advance(this.#progress, event, this.#nowMs());
    if (this.#progress === undefined) this.stop();
    else this.#timer ??= setInterval(() => this.#draw(), LIMITS.barRedrawMs).unref();
  }

  /** Erases the bar. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#progress = undefined;
    this.#terminal.setBar('');
  }

  /** Also without news, since the time that has passed is part of it. */
  #draw(): void {
    if (this.#progress === undefined) return;
    const line = drawProgress(this.#progress, this.#look, this.#nowMs());
    // A line that reaches the edge may wrap, and could not be erased.
    this.#terminal.setBar(cutToColumns(line, (this.#terminal.columns() || DEFAULT_COLUMNS) - 1));
  }
}
