/** What a keeper says: the replies on both of its outputs for whoever hears it now, and the bytes of its command. */
import { LIMITS } from '../../core/limits/limits.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';
import type { Reply } from './replies.ts';
import { ReplyStream } from './reply-stream.ts';

export interface Heard {
  readonly reply: Reply;
  readonly isOnStderr: boolean;
}

export class KeeperVoice {
  readonly sinks: ChannelSinks;
  readonly #streams: readonly ReplyStream[];
  readonly #waiting: Heard[] = [];
  #listener: ((heard: Heard) => void) | undefined;
  #noise = '';
  #output: (sink: keyof ChannelSinks, chunk: Buffer) => void | Promise<void> = () => {};

  constructor(token: string) {
    const stream = (sink: keyof ChannelSinks) =>
      new ReplyStream(token, {
        onReply: (reply) => this.#tell({ reply, isOnStderr: sink === 'onStderr' }),
        onOutput: (chunk) => this.#output(sink, chunk),
        onNoise: (text) => {
          this.#noise = `${this.#noise}${text}`.slice(-LIMITS.nodeSaidCharsMax);
        },
      });
    const [stdout, stderr] = [stream('onStdout'), stream('onStderr')];
    this.#streams = [stdout, stderr];
    this.sinks = { onStdout: (chunk) => stdout.push(chunk), onStderr: (chunk) => stderr.push(chunk) };
  }

  /** What was said around the replies since somebody began to hear them. */
  get noise(): string {
    return this.#noise;
  }

  /** From here `listener` is told each reply, and first those that have waited. */
  hear(listener: (heard: Heard) => void): void {
    this.#listener = listener;
    for (const heard of this.#waiting.splice(0)) this.#tell(heard);
  }

  /** What comes from here waits for the next who hears. */
  pause(): void {
    this.#listener = undefined;
    this.#noise = '';
  }

  /** From here all bytes around the replies are a command's. */
  openCommand(output: (sink: keyof ChannelSinks, chunk: Buffer) => void | Promise<void>): void {
    this.#output = output;
    for (const stream of this.#streams) stream.openCommand();
  }

  #tell(heard: Heard): void {
    if (this.#listener === undefined) this.#waiting.push(heard);
    else this.#listener(heard);
  }
}
