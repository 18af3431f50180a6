/** The stdin of one node's receiver. */
export interface Sink {
  /** Resolves when more may come, also when the sink has ended. Never rejects. Must not modify the bytes. */
  write(bytes: Buffer): Promise<void>;
  /** No more bytes come. Called only after the whole archive. */
  end(): void;
  /** Settles when nothing takes the bytes any more; the sink is dropped then. */
  readonly ended: Promise<unknown>;
}
