/** The small second channel that answers beats while a command owns the keeper's own. */
import type { Channel, Connection } from '../../ssh/transport.ts';
import { bootCommand, bootInput } from '../boot.ts';
import { PULSE_TEXT } from '../texts.ts';
import { ReplyStream } from './reply-stream.ts';

interface PulseKeeper {
  readonly identity: string;
  readonly settings: { readonly token: string; readonly record: { readonly run: string } };
}

export interface PulseHandlers {
  onPong(beat: number): void;
  /** The keeper's process is gone. */
  onEnding(cause: string): void;
  /** There is no second channel, and so no answer will come. */
  onRefused(error: unknown): void;
}

/** Opens at once; beats that come before the channel is open are sent when it is. */
export class Pulse {
  #channel: Promise<Channel | void>;
  #last = 0;
  #isClosed = false;
  #hasAnswered = false;
  /** Called once for each beat: somebody may have killed the pulse's process. */
  #openedFor = -1;
  readonly #connection: Connection;
  readonly #open: () => Promise<Channel | void>;

  constructor(connection: Connection, keeper: PulseKeeper, handlers: PulseHandlers) {
    this.#connection = connection;
    const { token, record } = keeper.settings;
    const boot = bootInput({ words: ['lockstep-pulse', record.run, keeper.identity], text: PULSE_TEXT });
    const greeting = Buffer.concat([boot, Buffer.from(`${token}\n`)]);
    this.#open = async () => {
      const stream = new ReplyStream(token, {
        onReply: (reply) => {
          if (reply.kind === 'pong') {
            this.#hasAnswered = true;
            handlers.onPong(reply.beat);
          }
          if (reply.kind === 'ending') handlers.onEnding(reply.cause);
        },
        onOutput: () => {},
      });
      const sinks = { onStdout: (chunk: Buffer) => stream.push(chunk), onStderr: () => {} };
      try {
        const channel = await connection.exec(bootCommand(undefined), sinks);
        void channel.write(greeting);
        void channel.result.then(() => this.#reopen());
        return channel;
      } catch (error) {
        handlers.onRefused(error);
      }
    };
    this.#channel = this.#open();
  }

  /** The pulse comes over a second connection, which may take longer to open than a beat may wait. */
  get isConnecting(): boolean {
    return !this.#hasAnswered && this.#connection.hasSpare === true;
  }

  beat(beat: number): void {
    this.#last = beat;
    void this.#channel.then((channel) => channel?.write(`PING ${beat}\n`));
  }

  close(): void {
    this.#isClosed = true;
    void this.#channel.then((channel) => channel?.end());
  }

  #reopen(): void {
    if (this.#isClosed || this.#openedFor === this.#last) return;
    this.#openedFor = this.#last;
    this.#channel = this.#open();
    this.beat(this.#last);
  }
}
