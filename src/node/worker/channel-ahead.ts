/** A channel on which a worker's text may begin. Opened while something else is waited for it costs no round trip of its own. */
import type { Channel, ChannelSinks, Connection } from '../../ssh/transport.ts';
import { openBoot } from '../become.ts';
import type { KeeperSettings } from '../keeper/keeper-command.ts';
import { behindMark } from './behind-mark.ts';

/** The same as the keepers of the run have. */
export type AheadSettings = Pick<KeeperSettings, 'token' | 'become'>;

export class ChannelAhead {
  /** A line that the text says on each output before all else. */
  readonly mark: string;
  readonly #opened: Promise<Channel>;
  #sinks: ChannelSinks = DEAF;
  #isOver = false;

  /** Nothing runs there but the login shell, which waits for a text, and ends with the channel. */
  constructor(connection: Connection, { token, become }: AheadSettings) {
    this.mark = `BEGUN-${token.slice(0, MARK_CHARS)}`;
    const own = behindMark(this.mark, {
      onStdout: (chunk) => this.#sinks.onStdout(chunk),
      onStderr: (chunk) => this.#sinks.onStderr(chunk),
    });
    this.#opened = openBoot(connection, become, own.sinks).then((channel) => {
      void channel.result.then(() => {
        this.#isOver = true;
      });
      return own.watch(channel);
    });
    this.#opened.catch(() => {});
  }

  /** Whether it is there: the server may have refused it, or ended it since. */
  async isOpen(): Promise<boolean> {
    const isOpened = await this.#opened.then(
      () => true,
      () => false,
    );
    return isOpened && !this.#isOver;
  }

  /** `sinks`: what the text says. Rejects as `Connection.exec` does. */
  use(sinks: ChannelSinks): Promise<Channel> {
    this.#sinks = sinks;
    return this.#opened;
  }

  /** Nobody will use it. */
  close(): void {
    this.#opened.then(
      (channel) => channel.close(),
      () => {},
    );
  }
}

/** No secret, but nothing that a login script would say. */
const MARK_CHARS = 8;

const DEAF: ChannelSinks = { onStdout() {}, onStderr() {} };
