/** A keeper that has its lock: what can be said to it, what it says by itself, and when it is gone. */

import type { ClockReading } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Unfinished } from '../../core/lock.ts';
import type { Node } from '../../core/node.ts';
import { atMost, withResolvers } from '../../core/waiting.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';
import { encodeLine } from '../speech.ts';
import { DEAF, type HeldParts, type KeeperListener } from './held-parts.ts';
import type { KeeperSettings } from './keeper-command.ts';
import type { Heard } from './keeper-voice.ts';
import { KeeperWords } from './keeper-words.ts';
import { type LastWords, NO_WORDS, withReply } from './last-words.ts';
import { Pulse } from './pulse.ts';
import { type GoResult, RunningCommand } from './running-command.ts';

export class HeldKeeper extends KeeperWords {
  readonly node: Node;
  readonly settings: KeeperSettings;
  readonly startedAt: ClockReading;
  readonly identity: string;
  readonly unfinished: readonly Unfinished[];
  /** Resolves with its last word. The channel may stay open, for what a command has left in the background. */
  readonly released: Promise<void>;
  /** Settles, with the reason, when the keeper is gone and so the lock is free. */
  readonly gone: Promise<string>;

  readonly #parts: HeldParts;
  #listener: KeeperListener = DEAF;
  #lastWords = NO_WORDS;
  readonly #isLoginSlow: boolean;
  #hasRunDirectory = false;
  #settleReleased: () => void = () => {};
  #pulse: Pulse | undefined;
  #go: RunningCommand | undefined;
  #hasLateOutput = false;
  #isEndOwed = false;
  #cancelWatch = () => {};
  #quiet: Promise<void> | undefined;
  #onClean = () => {};
  #onCut = () => {};

  constructor(parts: HeldParts) {
    super();
    this.#parts = parts;
    const { channel, voice, connection } = parts;
    this.node = connection.node;
    this.settings = parts.settings;
    this.startedAt = parts.startedAt;
    const startMs = parts.clock.monotonicMs() - parts.startedAt.monotonicMs;
    this.#isLoginSlow = startMs > parts.settings.leaseMs / 6;
    this.identity = parts.identity;
    this.unfinished = parts.unfinished;
    this.gone = channel.result.then((result) => {
      const said = voice.noise.trim();
      if (result.kind === 'lost') return result.reason;
      return said === '' ? 'the keeper ended' : `the keeper ended: ${said}`;
    });
    this.released = new Promise((resolve) => {
      this.#settleReleased = resolve;
    });
    voice.hear((heard) => this.#take(heard));
  }

  /** From now on `listener` is told, and nobody else. */
  watch(listener: KeeperListener): void {
    this.#listener = listener;
  }

  /** As far as it has come to them. */
  get lastWords(): LastWords {
    return this.#lastWords;
  }

  /** Whether what this run put in place is gone again when it fails. */
  get hasRunDirectory(): boolean {
    return this.#hasRunDirectory;
  }

  /** Whether a command owns the channel now. */
  get isCommandRunning(): boolean {
    return this.#go !== undefined;
  }

  isEnding = false;

  /** Whether its answers come by a second connection, which is not there yet. */
  get isPulseConnecting(): boolean {
    return this.#pulse?.isConnecting === true;
  }

  /** Asks for a sign of life; `onPong` tells the answer. While a command writes to the channel, a second one answers. */
  beat(beat: number): void {
    if (this.#go === undefined && !this.#hasLateOutput) return this.say(`PING ${beat}`);
    this.say('BEAT');
    this.#openPulse().beat(beat);
  }

  /** A login as slow as its keeper's was would answer the first beat too late: the second channel is opened a beat before. */
  override feed(): void {
    super.feed();
    if (this.#go !== undefined && this.#isLoginSlow) this.#openPulse();
  }

  /** Has its answers come by a channel of their own while there is room for one. Rejects as `Connection.exec` does. */
  answerBeside(): Promise<void> {
    return this.#openPulse().opened;
  }

  #openPulse(): Pulse {
    this.#pulse ??= new Pulse(this.#parts.connection, this, {
      onPong: (answered) => this.#listener.onPong(answered),
      onEnding: (cause) => this.#end(cause),
      onRefused: (error) => {
        // When the command has ended meanwhile the keeper answers by itself again.
        if (this.#pulse?.isAsked)
          this.#listener.onMute(error instanceof Error ? error.message : String(error));
        else this.#pulse = undefined;
      },
    });
    return this.#pulse;
  }

  /**
   * Has the keeper run a command that needs no stdin. Resolves when its last byte was taken by the sinks: with its code,
   * or lost when the keeper is gone. What it left in the background is heard until the channel closes.
   */
  async go(command: string, sinks: ChannelSinks): Promise<GoResult> {
    const { voice, clock } = this.#parts;
    return new Promise((resolve) => {
      const running = new RunningCommand(sinks, clock, (result) => {
        if (this.#go !== running) return;
        this.#go = undefined;
        this.#cancelWatch();
        this.#isEndOwed = running.isEndMissing;
        this.#pulse?.close();
        this.#pulse = undefined;
        resolve(result);
      });
      this.#go = running;
      void this.gone.then((reason) => this.#go === running && running.finish({ kind: 'lost', reason }));
      voice.openCommand((sink, chunk) => {
        if (this.#go === running) return running.output(sink, chunk);
        this.#hasLateOutput = true;
        return sinks[sink](chunk);
      });
      this.say(`GO ${encodeLine(command)}`);
      this.#watchCall(running);
    });
  }

  /** Ends what GO has begun, and nothing else of the run. Resolves when that is gone. */
  cut(): Promise<unknown> {
    const isCut = withResolvers<void>();
    this.#onCut = isCut.resolve;
    this.say('CUT');
    return Promise.race([isCut.promise, this.gone]);
  }

  /** Resolves when nothing has the output of earlier commands any more, or the keeper has had its last word. */
  quiet(): Promise<unknown> {
    this.#quiet ??= this.#becomeQuiet();
    return this.#quiet;
  }

  async #becomeQuiet(): Promise<void> {
    const isQuiet = withResolvers<void>();
    this.#onClean = isQuiet.resolve;
    const over = Promise.race([isQuiet.promise, this.released, this.gone]);
    do this.say('LOOK');
    while (!(await atMost(over, { clock: this.#parts.clock, timeoutMs: LIMITS.lateLookMs })));
    this.#quiet = undefined;
  }

  /** Tells of the run directory, which outlives the run only if that ends well. */
  announceRunDirectory(path: string): void {
    this.#hasRunDirectory = true;
    this.say(`SCRATCH ${path}`);
  }

  /** Resolves when it is gone, or a moment after its last word: what has left its command's session may hold the channel for ever. */
  async over(): Promise<void> {
    const { clock } = this.#parts;
    const moment = () => atMost(this.gone, { clock, timeoutMs: LIMITS.closeGraceMs });
    await Promise.race([this.gone, this.released.then(moment)]);
    this.close();
  }

  close(): void {
    this.#pulse?.close();
    this.#parts.channel.close();
  }

  /** Gives the whole node up: what still waits for it ends as lost. */
  abandon(): void {
    void this.#parts.connection.close();
  }

  protected say(line: string): void {
    void this.#parts.channel.write(`${line}\n`);
  }

  /** A call's keeper has no heart of its own; but who looks after its command would not be missed without a beat. */
  #watchCall(running: RunningCommand): void {
    const { record, leaseMs } = this.settings;
    if (!record.kind.startsWith('joined')) return;
    this.#cancelWatch = this.#parts.clock.after(leaseMs / 3, () => {
      if (this.#go !== running) return;
      super.feed();
      this.#watchCall(running);
    });
  }

  #end(cause: string): void {
    this.isEnding = true;
    this.#listener.onEnding(cause);
  }

  #take({ reply, isOnStderr }: Heard): void {
    // All else is said on stdout.
    if (isOnStderr && reply.kind !== 'end') return;
    this.#lastWords = withReply(this.#lastWords, reply, this.settings.record.run);
    switch (reply.kind) {
      case 'pong':
        return this.#listener.onPong(reply.beat);
      case 'ending':
        return this.#end(reply.cause);
      case 'exit':
        return this.#go?.exited(reply);
      case 'end':
        // An end that is still owed belongs to the command before, for which nobody waits any more.
        if (isOnStderr && this.#isEndOwed) this.#isEndOwed = false;
        else this.#go?.streamEnded();
        return;
      case 'cut':
        return this.#onCut();
      case 'clean':
        this.#hasLateOutput = false;
        this.#pulse?.close();
        this.#pulse = undefined;
        return this.#onClean();
      case 'died':
        return this.#go?.died(reply.how);
      case 'released':
        this.#settleReleased();
        this.#parts.channel.end();
    }
  }
}
