/** A keeper that has its lock: what can be said to it, what it says by itself, and when it is gone. */

import type { ClockReading } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Unfinished } from '../../core/lock.ts';
import type { Node } from '../../core/node.ts';
import { atMost, withResolvers } from '../../core/waiting.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';
import { encodeLine } from '../speech.ts';
import type { HeldParts } from './held-parts.ts';
import type { KeeperSettings } from './keeper-command.ts';
import type { Heard } from './keeper-voice.ts';
import { KeeperWords } from './keeper-words.ts';
import { Pulse } from './pulse.ts';
import { type GoResult, RunningCommand } from './running-command.ts';

/** Watches over a keeper. */
export interface KeeperListener {
  /** Each answered beat. */
  onPong(beat: number): void;
  /** The keeper can give no sign of life while its command runs. */
  onMute(reason: string): void;
  /** The keeper ends the run's work by itself, and then frees the lock. It says so before it begins. */
  onEnding(cause: string): void;
}

/** What a keeper says at its end. */
export interface LastWords {
  /** How this run's own commit, cut short, has left the node. */
  readonly unfinished: readonly Unfinished[];
  /** Processes that it could not end. */
  readonly remains: readonly number[];
  /** The keeper has ended all work, or has named what remains. */
  readonly hasReleased: boolean;
}

export class HeldKeeper extends KeeperWords {
  readonly #lastWord = withResolvers<void>();
  readonly node: Node;
  readonly settings: KeeperSettings;
  readonly startedAt: ClockReading;
  readonly identity: string;
  readonly unfinished: readonly Unfinished[];
  /** Resolves with its last word. The channel may stay open, for what a command has left in the background. */
  readonly released = this.#lastWord.promise;
  /** Settles, with the reason, when the keeper is gone and so the lock is free. */
  readonly gone: Promise<string>;

  readonly #parts: HeldParts;
  #listener: KeeperListener = DEAF;
  #lastWords: LastWords = { unfinished: [], remains: [], hasReleased: false };
  readonly #isLoginSlow: boolean;
  #reasonGone: string | undefined;
  #pulse: Pulse | undefined;
  #go: RunningCommand | undefined;
  #hasLateOutput = false;
  #isKilled = false;
  #isEndOwed = false;
  #cancelWatch = () => {};

  constructor(parts: HeldParts) {
    super();
    this.#parts = parts;
    const { channel, voice, connection } = parts;
    this.node = connection.node;
    this.settings = parts.settings;
    this.startedAt = parts.startedAt;
    this.#isLoginSlow = parts.clock.monotonicMs() - parts.startedAt.monotonicMs > parts.settings.leaseMs / 6;
    this.identity = parts.identity;
    this.unfinished = parts.unfinished;
    this.gone = channel.result.then((result) => {
      const said = voice.noise.trim();
      if (result.kind === 'lost') return result.reason;
      this.#isKilled ||= !this.#lastWords.hasReleased;
      return said === '' ? 'the keeper ended' : `the keeper ended: ${said}`;
    });
    // Once for all commands: a promise keeps each function that waits for it, and a session may run thousands.
    void this.gone.then((reason) => {
      this.#reasonGone = reason;
      this.#go?.finish({ kind: 'lost', reason });
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

  /** It has ended all that it ran, but for what commands have left that ended by themselves. */
  get hasEndedAll(): boolean {
    const { hasReleased, remains } = this.#lastWords;
    return hasReleased && remains.length === 0;
  }

  /** Whether a command owns the channel now. */
  get isCommandRunning(): boolean {
    return this.#go !== undefined;
  }

  /** Whether it ends the run's work by itself when it hears no more: as far as is known, nobody has killed it. */
  get hasLeash(): boolean {
    return !this.#isKilled;
  }

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

  #openPulse(): Pulse {
    this.#pulse ??= new Pulse(this.#parts.connection, this, {
      onPong: (answered) => this.#listener.onPong(answered),
      onEnding: (cause) => {
        this.#isKilled ||= cause === 'killed';
        this.#listener.onEnding(cause);
      },
      onRefused: (error) => {
        // When the command has ended meanwhile the keeper answers by itself again.
        if (this.#pulse !== undefined)
          this.#listener.onMute(error instanceof Error ? error.message : String(error));
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
      if (this.#reasonGone !== undefined) return running.finish({ kind: 'lost', reason: this.#reasonGone });
      voice.openCommand((sink, chunk) => {
        if (this.#go === running) return running.output(sink, chunk);
        this.#hasLateOutput = true;
        return sinks[sink](chunk);
      });
      this.say(`GO ${encodeLine(command)}`);
      this.#watchCall(running);
    });
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

  #take({ reply, isOnStderr }: Heard): void {
    // All else is said on stdout.
    if (isOnStderr && reply.kind !== 'end') return;
    switch (reply.kind) {
      case 'pong':
        return this.#listener.onPong(reply.beat);
      case 'ending':
        return this.#listener.onEnding(reply.cause);
      case 'exit':
        return this.#go?.exited(reply);
      case 'end':
        // An end that is still owed belongs to the command before, for which nobody waits any more.
        if (isOnStderr && this.#isEndOwed) this.#isEndOwed = false;
        else this.#go?.streamEnded();
        return;
      case 'died':
        return this.#go?.died(reply.how);
      case 'left': {
        if (reply.unfinished.run !== this.settings.record.run) return;
        const unfinished = [...this.#lastWords.unfinished, reply.unfinished];
        this.#lastWords = { ...this.#lastWords, unfinished };
        return;
      }
      case 'remains':
        this.#lastWords = { ...this.#lastWords, remains: reply.pids };
        return;
      case 'released':
        this.#lastWords = { ...this.#lastWords, hasReleased: true };
        this.#lastWord.resolve();
        this.#parts.channel.end();
    }
  }
}

const DEAF: KeeperListener = { onPong() {}, onMute() {}, onEnding() {} };
