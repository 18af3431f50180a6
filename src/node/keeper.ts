/** The controller's side of a keeper: starts it, speaks its lines, and knows when it is gone. */
import { LockstepError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Channel, ChannelSinks, Connection } from '../ssh/transport.ts';
import type { Node } from '../targets/node.ts';
import { KEEPER_TEXT } from './keeper-text.ts';
import { Pulse } from './pulse.ts';
import { quoteAll } from './quote.ts';
import type { Holder, Reply, Unfinished } from './replies.ts';
import { ReplyStream } from './reply-stream.ts';
import { type GoResult, RunningCommand } from './running-command.ts';
import { asRoot, encodeLine } from './speech.ts';

/** The public part, a holder's, stands in the keeper's arguments and is shown to those who meet the lock. */
export interface KeeperSettings extends Holder {
  /** Secret: marks the keeper's lines. */
  readonly token: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly kind: 'exclusive' | 'none';
  readonly make: 'directory' | 'file' | 'none';
  readonly sudo: boolean;
}

/** Why a node did not give its lock. */
export type Refusal =
  | { readonly kind: 'locked'; readonly holder: Holder | undefined }
  | { readonly kind: 'draining'; readonly pids: readonly number[]; readonly run: string }
  | { readonly kind: 'error'; readonly reason: string };

export type KeeperStart = { readonly kind: 'acquired'; readonly keeper: Keeper } | Refusal;

/**
 * Starts a keeper and waits for its first answer.
 * Rejects with a LockstepError only when the node does not answer at all.
 */
export async function startKeeper(connection: Connection, settings: KeeperSettings): Promise<KeeperStart> {
  const keeper = new Keeper(connection, settings);
  const answer = await keeper.open();
  return answer === 'acquired' ? { kind: 'acquired', keeper } : answer;
}

export class Keeper {
  readonly node: Node;
  readonly settings: KeeperSettings;
  /** PID:START of the keeper's process, by which workers know that their run lives. */
  identity = '';
  /** Runs that ended in the middle of their commit on this node. */
  readonly unfinished: Unfinished[] = [];
  /** Whether what this run put in place is gone again when it fails. */
  hasRunDirectory = false;
  /** Processes that it could not end, told with its last words. */
  remains: readonly number[] = [];
  /** Settles, with the reason, when the keeper is gone and so the lock is free. */
  readonly gone: Promise<string>;
  /** Each answered beat. */
  onPong: (beat: number) => void = () => {};

  readonly #connection: Connection;
  #channel: Channel | undefined;
  #pulse: Pulse | undefined;
  #settleGone: (reason: string) => void = () => {};
  #answer: (answer: 'acquired' | Refusal) => void = () => {};
  #go: RunningCommand | undefined;
  /** Where the last command's output goes, which what it left in the background may still write. */
  #sinksOfCommand: ChannelSinks | undefined;
  #hasLateOutput = false;
  #noise = '';
  readonly #stdout: ReplyStream;
  readonly #stderr: ReplyStream;

  constructor(connection: Connection, settings: KeeperSettings) {
    this.#connection = connection;
    this.node = connection.node;
    this.settings = settings;
    this.#stdout = this.#stream((reply) => this.#take(reply), 'onStdout');
    this.#stderr = this.#stream((reply) => {
      if (reply.kind === 'end') this.#go?.streamEnded();
    }, 'onStderr');
    this.gone = new Promise((resolve) => {
      this.#settleGone = resolve;
    });
  }

  async open(): Promise<'acquired' | Refusal> {
    const { who, run, since, lockPath, reason, command, token, leaseMs, graceMs, kind, make, sudo } =
      this.settings;
    const answer = new Promise<'acquired' | Refusal>((resolve) => {
      this.#answer = resolve;
    });
    const words = ['lockstep-keeper', who, run, since, lockPath, reason, command];
    const channel = await this.#connection.exec(
      `exec ${asRoot(sudo)}sh -c ${quoteAll([KEEPER_TEXT, ...words])}`,
      this.#sinks(),
    );
    this.#channel = channel;
    void channel.result.then((result) => {
      const said = this.#noise.trim();
      const ending =
        result.kind === 'lost' ? result.reason : `the keeper ended${said === '' ? '' : `: ${said}`}`;
      this.#answer({ kind: 'error', reason: ending });
      this.#go?.finish({ kind: 'lost', reason: ending });
      this.#settleGone(ending);
    });
    this.#say(`${token} ${Math.ceil(leaseMs / 1000)} ${Math.ceil(graceMs / 1000)} ${kind} ${make}`);
    return withTimeout(answer, LIMITS.lockAnswerTimeoutMs, () => {
      channel.close();
      return new LockstepError('unreachable', 'the keeper did not answer in time', { node: this.node });
    });
  }

  /** Asks for a sign of life; `onPong` tells the answer. While a command writes to the channel, a second one answers. */
  beat(beat: number): void {
    if (this.#go === undefined && !this.#hasLateOutput) return this.#say(`PING ${beat}`);
    this.#say('BEAT');
    this.#pulse ??= new Pulse(this.#connection, this, (answered) => this.onPong(answered));
    this.#pulse.beat(beat);
  }

  /** Feeds the leash without asking for an answer. */
  feed(): void {
    this.#say('BEAT');
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
    return new Promise((resolve) => {
      this.#go = new RunningCommand(sinks, (result) => {
        this.#go = undefined;
        this.#pulse?.close();
        this.#pulse = undefined;
        resolve(result);
      });
      this.#stdout.openCommand();
      this.#stderr.openCommand();
      this.#say(`GO ${encodeLine(command)}`);
    });
  }

  /** Tells of a private directory that must not outlive the run. */
  announceStage(path: string): void {
    this.#say(`STAGE ${path}`);
  }

  /** Tells of the run directory, which outlives the run only if that ends well. */
  announceRunDirectory(path: string): void {
    this.hasRunDirectory = true;
    this.#say(`SCRATCH ${path}`);
  }

  /** Ends the run's workers on this node; the lock is held on. */
  endWorkers(): void {
    this.#say('END');
  }

  /** Gives the text that undoes a half-done commit, to be run when the run ends abnormally. */
  giveRecovery(text: string): void {
    this.#say(`RECOVER ${encodeLine(text)}`);
  }

  /** The normal end; `keep` leaves a directory that was made for this run. */
  release(keep: boolean): void {
    this.#say(keep ? 'RELEASE keep' : 'RELEASE');
  }

  /** The abnormal end: the run's workers are ended first, then the lock is freed. */
  stop(): void {
    this.#say('STOP');
  }

  close(): void {
    this.#pulse?.close();
    this.#channel?.close();
  }

  #stream(onReply: (reply: Reply) => void, sink: keyof ChannelSinks): ReplyStream {
    return new ReplyStream(this.settings.token, {
      onReply,
      onOutput: (chunk) => this.#output(sink, chunk),
      onNoise: (text) => {
        if (this.#noise.length < LIMITS.holderTextCharsMax) this.#noise += text;
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

  #take(reply: Reply): void {
    switch (reply.kind) {
      case 'acquired':
        this.identity = reply.keeper;
        this.#noise = '';
        return this.#answer('acquired');
      case 'locked':
      case 'draining':
      case 'error':
        return this.#answer(reply);
      case 'pong':
        return this.onPong(reply.beat);
      case 'left':
        this.unfinished.push(reply.unfinished);
        return;
      case 'exit':
        return this.#go?.exited(reply.code);
      case 'remains':
        this.remains = reply.pids;
        return;
      default:
        return;
    }
  }

  #say(line: string): void {
    void this.#channel?.write(`${line}\n`);
  }
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(error()), timeoutMs);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
