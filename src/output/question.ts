/** A question leaves its line open for the answer: whoever writes next begins a line of his own, unless Enter has ended it. */
import type { Terminal } from './terminal/terminal.ts';

export class Question {
  readonly #terminal: Terminal;
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** A mere newline ends the question before it, if nobody else has. */
  ask(text: string): void {
    if (text === '\n') return this.end();
    void this.#terminal.write('stderr', text);
    this.#isOpen = !text.endsWith('\n');
  }

  /** The terminal has shown the Enter that was typed. */
  answered(): void {
    this.#isOpen = false;
  }

  end(): void {
    if (this.#isOpen) void this.#terminal.write('stderr', '\n');
    this.#isOpen = false;
  }
}
