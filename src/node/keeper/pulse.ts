/** The small second channel that answers beats while a command owns the keeper's own. */
import type { Channel, Connection } from '../../ssh/transport.ts';
import { bootCommand, bootInput } from '../boot.ts';
import { compact } from '../text.ts';
import pulseText from './pulse.sh';
import { ReplyStream } from './reply-stream.ts';

const TEXT = compact(pulseText);

interface PulseKeeper {
  readonly identity: string;
  readonly settings: { readonly token: string; readonly run: string };
}

/** Opens at once; beats that come before the channel is open are sent when it is. */
export class Pulse {
  readonly #channel: Promise<Channel | void>;

  /** `onRefused`: there is no second channel, and so no answer will come. */
  constructor(
    connection: Connection,
    keeper: PulseKeeper,
    { onPong, onRefused }: { onPong: (beat: number) => void; onRefused: (error: unknown) => void },
  ) {
    const { token, run } = keeper.settings;
    const stream = new ReplyStream(token, {
      onReply: (reply) => {
        if (reply.kind === 'pong') onPong(reply.beat);
      },
      onOutput: () => {},
    });
    const sinks = { onStdout: (chunk: Buffer) => stream.push(chunk), onStderr: () => {} };
    const boot = bootInput({ words: ['lockstep-pulse', run, keeper.identity], text: TEXT });
    this.#channel = connection.exec(bootCommand(false), sinks).then(
      (channel) => {
        void channel.write(Buffer.concat([boot, Buffer.from(`${token}\n`)]));
        return channel;
      },
      (error: unknown) => void onRefused(error),
    );
  }

  beat(beat: number): void {
    void this.#channel.then((channel) => channel?.write(`PING ${beat}\n`));
  }

  close(): void {
    void this.#channel.then((channel) => channel?.end());
  }
}
