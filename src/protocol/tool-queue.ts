/**
 * What is to be written to one tool. Texts that wait for each other leave in one write, and so in few packets.
 */
export class ToolQueue {
  readonly #write: (text: string) => Promise<void>;
  readonly #bytesMax: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #isClosed = false;

  /** `write` resolves when the channel takes more, and never rejects. */
  constructor(write: (text: string) => Promise<void>, bytesMax: number) {
    this.#write = write;
    this.#bytesMax = bytesMax;
  }

  /**
   * False where more than the bound would pile up behind a write that the channel does not take.
   * What waits only for the next flush is no sign of a tool that does not read.
   */
  push(text: string, bytes: number): boolean {
    if (this.#isClosed) return true;
    if (this.#isWriting && this.#waitingBytes + bytes > this.#bytesMax) return false;
    this.#waiting.push(text);
    this.#waitingBytes += bytes;
    return true;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Writes all that waits; texts pushed meanwhile follow in the next write. */
  async flush(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      this.#waitingBytes = 0;
      await this.#write(text);
    }
    this.#isWriting = false;
  }

  /** The tool has ended, or is being ended: nothing more is written. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }
}
