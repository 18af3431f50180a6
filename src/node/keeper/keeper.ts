/** The controller's side of a keeper: starts it, speaks its lines, and knows when it is gone. */

import { type Clock, type ClockReading, readClock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits.ts';
import type { SeenHolder, Unfinished } from '../../core/lock.ts';
import type { Node } from '../../core/node.ts';
import type { Channel, ChannelSinks, Connection } from '../../ssh/transport.ts';
import { bootCommand } from '../boot.ts';
import { encodeLine } from '../speech.ts';
import { type KeeperSettings, keeperInput, type Refusal } from './keeper-command.ts';
import { KeeperWords } from './keeper-words.ts';
import { Pulse } from './pulse.ts';
import type { Reply } from './replies.ts';
import { ReplyStream } from './reply-stream.ts';
import { type GoResult, RunningCommand } from './running-command.ts';

export class Keeper extends KeeperWords {
  readonly node: Node;
  readonly settings: KeeperSettings;
  /** When its start line was sent: it counts its lease from no earlier. */
  startedAt: ClockReading = { monotonicMs: 0, wallMs: 0 };
  /** PID:START of the keeper's process, by which workers know that their run lives. */
  identity = '';
  /** Runs that ended in the middle of their commit on this node. */
  readonly unfinished: Unfinished[] = [];
  /** Whether what this run put in place is gone again when it fails. */
  hasRunDirectory = false;
  /** Processes that the keeper could not end; it names them with its last words. */
  remains: readonly number[] = [];
  /** When the controller told it to run its command. */
  commandStartedMs: number | undefined;
  /** The keeper's last word: it has ended all work, or has named what remains. */
  hasReleased = false;
  /** Resolves with that word. The channel may stay open, for what a command has left in the background. */
  readonly released: Promise<void>;
  /** Settles, with the reason, when the keeper is gone and so the lock is free. */
  readonly gone: Promise<string>;
  /** Each answered beat. */
  onPong: (beat: number) => void = () => {};
  /** It can give no sign of life while its command runs. */
  onMute: (reason: string) => void = () => {};
  /** The keeper ends the run's work by itself, and then frees the lock. It says so before it begins. */
  onEnding: (cause: string) => void = () => {};

  readonly #connection: Connection;
  readonly #clock: Clock;
  #channel: Channel | undefined;
  #pulse: Pulse | undefined;
  #settleGone: (reason: string) => void = () => {};
  #settleReleased: () => void = () => {};
  #answer: (answer: 'acquired' | Refusal) => void = () => {};
  #go: RunningCommand | undefined;
  /** Where the last command's output goes, which what it left in the background may still write. */
  #sinksOfCommand: ChannelSinks | undefined;
  #hasLateOutput = false;
  #isEndOwed = false;
  #noise = '';
  readonly #holders: SeenHolder[] = [];
  readonly #stdout: ReplyStream;
  readonly #stderr: ReplyStream;

  constructor(connection: Connection, settings: KeeperSettings, clock: Clock) {
    super();
    this.#connection = connection;
    this.#clock = clock;
    this.node = connection.node;
    this.settings = settings;
    this.#stdout = this.#stream((reply) => this.#take(reply), 'onStdout');
    this.#stderr = this.#stream((reply) => this.#takeOfStderr(reply), 'onStderr');
    this.gone = new Promise((resolve) => {
      this.#settleGone = resolve;
    });
    this.released = new Promise((resolve) => {
      this.#settleReleased = resolve;
    });
  }

  async open(): Promise<'acquired' | Refusal> {
    const answer = new Promise<'acquired' | Refusal>((resolve) => {
      this.#answer = resolve;
    });
    const channel = await this.#connection.exec(bootCommand(this.settings.sudo), this.#sinks());
    this.#channel = channel;
    void channel.result.then((result) => {
      this.#answer({ kind: 'unstarted', end: result, said: this.#noise });
      const said = this.#noise.trim();
      const ending = said === '' ? 'the keeper ended' : `the keeper ended: ${said}`;
      this.#settleGone(result.kind === 'lost' ? result.reason : ending);
    });
    this.startedAt = readClock(this.#clock);
    void channel.write(keeperInput(this.settings));
    const afterMs = LIMITS.lockAnswerTimeoutMs;
    const cancel = this.#clock.after(afterMs, () => {
      this.#answer({ kind: 'unstarted', end: { kind: 'silent', afterMs }, said: this.#noise });
      channel.close();
    });
    return answer.finally(cancel);
  }

  /** Asks for a sign of life; `onPong` tells the answer. While a command writes to the channel, a second one answers. */
  beat(beat: number): void {
    if (this.#go === undefined && !this.#hasLateOutput) return this.say(`PING ${beat}`);
    this.say('BEAT');
    this.#pulse ??= new Pulse(this.#connection, this, {
      onPong: (answered) => this.onPong(answered),
      onEnding: (cause) => this.onEnding(cause),
      onRefused: (error) => {
        // When the command has ended meanwhile the keeper answers by itself again.
        if (this.#pulse !== undefined) this.onMute(error instanceof Error ? error.message : String(error));
      },
    });
    this.#pulse.beat(beat);
  }

  /** Whether a command owns the channel now. */
  get isCommandRunning(): boolean {
    return this.#go !== undefined;
  }

  /**
   * Has the keeper run a command that needs no stdin. Resolves when its last byte was taken by the sinks: with its code,
   * or lost when the keeper is gone. What it left in the background is heard until the channel closes.
   */
  async go(command: string, sinks: ChannelSinks): Promise<GoResult> {
    this.#sinksOfCommand = sinks;
    this.commandStartedMs = this.#clock.monotonicMs();
    return new Promise((resolve) => {
      const running = new RunningCommand(sinks, this.#clock, (result) => {
        if (this.#go !== running) return;
        this.#go = undefined;
        this.#isEndOwed = running.isEndMissing;
        this.#pulse?.close();
        this.#pulse = undefined;
        resolve(result);
      });
      this.#go = running;
      void this.gone.then((reason) => this.#go === running && running.finish({ kind: 'lost', reason }));
      this.#stdout.openCommand();
      this.#stderr.openCommand();
      this.say(`GO ${encodeLine(command)}`);
      this.#watchStep(running);
    });
  }

  /** A call's keeper has no heart of its own; but who looks after its command would not be missed without a beat. */
  #watchStep(running: RunningCommand): void {
    const { kind, leaseMs } = this.settings;
    if (!kind.startsWith('joined')) return;
    this.#clock.after(leaseMs / 3, () => {
      if (this.#go !== running) return;
      this.feed();
      this.#watchStep(running);
    });
  }

  /** Tells of the run directory, which outlives the run only if that ends well. */
  announceRunDirectory(path: string): void {
    this.hasRunDirectory = true;
    this.say(`SCRATCH ${path}`);
  }

  /** Resolves when it is gone, or a moment after its last word: what has left its command's session may hold the channel for ever. */
  async over(): Promise<void> {
    const moment = () => new Promise<void>((resolve) => void this.#clock.after(LIMITS.closeGraceMs, resolve));
    await Promise.race([this.gone, this.released.then(moment)]);
    this.close();
  }

  close(): void {
    this.#pulse?.close();
    this.#channel?.close();
  }

  /** Gives the whole node up: what still waits for it ends as lost. */
  abandon(): void {
    void this.#connection.close();
  }

  protected say(line: string): void {
    void this.#channel?.write(`${line}\n`);
  }

  #stream(onReply: (reply: Reply) => void, sink: keyof ChannelSinks): ReplyStream {
    return new ReplyStream(this.settings.token, {
      onReply,
      onOutput: (chunk) => this.#output(sink, chunk),
      onNoise: (text) => {
        this.#noise = `${this.#noise}${text}`.slice(-LIMITS.nodeSaidCharsMax);
      },
    });
  }

  #output(sink: keyof ChannelSinks, chunk: Buffer): void | Promise<void> {
    if (this.#go !== undefined) return this.#go.output(sink, chunk);
    this.#hasLateOutput = true;
    return this.#sinksOfCommand?.[sink](chunk);
  }

  #sinks(): ChannelSinks {
    return {
      onStdout: (chunk) => this.#stdout.push(chunk),
      onStderr: (chunk) => this.#stderr.push(chunk),
    };
  }

  #takeOfStderr(reply: Reply): void {
    // One that is owed is that of the command before, which was not waited for any more.
    if (reply.kind === 'end' && !this.#isEndOwed) return this.#take(reply);
    if (reply.kind === 'end') this.#isEndOwed = false;
    // All else is said on stdout.
    else
      this.#answer({ kind: 'error', reason: 'its login shell turns stdout into stderr, as exec >&2 does' });
  }

  #take(reply: Reply): void {
    switch (reply.kind) {
      case 'acquired':
        this.identity = reply.keeper;
        this.#noise = '';
        return this.#answer('acquired');
      case 'holder':
        return void this.#holders.push(reply.holder);
      case 'locked':
        return this.#answer({ kind: 'locked', holders: this.#holders });
      case 'draining':
      case 'error':
        return this.#answer(reply);
      case 'pong':
        return this.onPong(reply.beat);
      case 'ending':
        return this.onEnding(reply.cause);
      case 'left':
        return void this.unfinished.push(reply.unfinished);
      case 'exit':
        return this.#go?.exited(reply);
      case 'end':
        return this.#go?.streamEnded();
      case 'died':
        return this.#go?.died(reply.how);
      case 'released':
        this.hasReleased = true;
        this.#settleReleased();
        this.#channel?.end();
        return;
      case 'remains':
        this.remains = reply.pids;
    }
  }
}
