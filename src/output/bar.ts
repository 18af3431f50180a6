/** Keeps the status bar on the terminal up to date, at a bounded rate. */
import type { RunEvent } from '../events.ts';
import { LIMITS } from '../limits.ts';
import { advance, drawProgress, type Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

export class StatusBar {
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  #progress: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, nowMs: () => number) {
    this.#terminal = terminal;
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
    const size = { columns: this.#terminal.columns(), nowMs: this.#nowMs() };
    this.#terminal.setBar(drawProgress(this.#progress, size));
  }
}
