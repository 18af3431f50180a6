/** Whose account our texts run as, where it is not the one that logs in, and the conversation with sudo that comes before them. */
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { Channel, ChannelSinks, Connection } from '../ssh/transport.ts';
import { asksWith, beginsLine, bootCommand } from './boot.ts';

export interface Become {
  /** A login name that was checked. */
  readonly user: string;
  /** Undefined where sudo must ask for none. */
  passwordOn?(node: Node): SudoPassword | undefined;
}

/** A password that sudo may ask for. It goes to stdin, and only behind the question of sudo itself. */
export interface SudoPassword {
  /** Begins what sudo asks with, and what we say when it has let us in: nobody else knows it. */
  readonly marker: string;
  /**
   * For a node that asks, once the first one has taken it; undefined where it was refused, or too many did not answer. `refusals`: so
   * many words sudo has refused in this conversation. Never rejects.
   */
  wordFor(node: Node, refusals?: number): Promise<string | undefined>;
  /** What became of the word on a node that was given it; `lost`: the connection, before there was an answer. */
  settle(node: Node, how: 'accepted' | 'refused' | 'lost'): void;
}

/**
 * Opens a channel on which a text of ours may begin. Where sudo may ask for a password what is written waits until sudo has let us
 * in: it would take the first line for the password. Rejects as `Connection.exec` does.
 */
export async function openBoot(
  connection: Connection,
  become: Become | undefined,
  sinks: ChannelSinks,
): Promise<Channel> {
  const password = become?.passwordOn?.(connection.node);
  const command = bootCommand(become, password?.marker);
  if (password === undefined) return connection.exec(command, sinks);
  const door = new SudoDoor(connection.node, password, sinks);
  const opening = connection.exec(command, door.sinks);
  return door.watch(
    await opening.catch((thrown) => {
      door.abandon();
      throw thrown;
    }),
  );
}

type SinkName = keyof ChannelSinks;

class SudoDoor {
  readonly sinks: ChannelSinks;
  readonly #node: Node;
  readonly #password: SudoPassword;
  readonly #inner: ChannelSinks;
  readonly #said = { onStdout: Buffer.alloc(0), onStderr: Buffer.alloc(0) };
  #answers = 0;
  #isGiven = false;
  /** It was given a word, and has not said what it thinks of it. */
  #isOwed = false;
  #refusals = 0;
  #isOpen = false;
  #isOver = false;
  #enter = () => {};
  #know = (_channel: Channel | undefined) => {};
  /** sudo may have asked before the channel is handed over. */
  readonly #channel = new Promise<Channel | undefined>((resolve) => {
    this.#know = resolve;
  });
  readonly #entered = new Promise<void>((resolve) => {
    this.#enter = resolve;
  });

  constructor(node: Node, password: SudoPassword, inner: ChannelSinks) {
    [this.#node, this.#password, this.#inner] = [node, password, inner];
    this.sinks = {
      onStdout: (chunk) => this.#hear('onStdout', chunk),
      onStderr: (chunk) => this.#hear('onStderr', chunk),
    };
  }

  watch(channel: Channel): Channel {
    this.#know(channel);
    const ended = channel.result.then(async (result) => {
      this.#isOver = true;
      if (!this.#isOpen) {
        this.#settle(result.kind === 'lost' ? 'lost' : 'refused');
        await this.#tellSaid();
      }
      this.#enter();
      return result;
    });
    const { status } = channel;
    return {
      write: async (chunk) => {
        await this.#entered;
        await channel.write(chunk);
      },
      end: () => void this.#entered.then(() => channel.end()),
      close: () => channel.close(),
      result: ended,
      ...(status === undefined ? {} : { status }),
    };
  }

  /** There is no channel: what it has asked for is for others. */
  abandon(): void {
    this.#isOver = true;
    this.#know(undefined);
  }

  #hear(sink: SinkName, chunk: Buffer): void | Promise<void> {
    if (this.#isOpen) return this.#inner[sink](chunk);
    const all = Buffer.concat([this.#said[sink], chunk]);
    this.#said[sink] = all.subarray(-LIMITS.nodeSaidCharsMax);
    const { marker } = this.#password;
    if (all.includes(beginsLine(marker))) return this.#open();
    const asked = all.toString('latin1').split(asksWith(marker)).length - 1;
    if (asked > this.#answers) {
      this.#answers = asked;
      void this.#give();
    }
  }

  /** sudo asks again where the word was wrong. */
  async #give(): Promise<void> {
    if (this.#isOwed) this.#refusals++;
    this.#settle('refused');
    const word = await this.#password.wordFor(this.#node, this.#refusals);
    const channel = await this.#channel;
    if (word === undefined) return channel?.end();
    if (this.#isOver || channel === undefined) return this.#password.settle(this.#node, 'lost');
    this.#isGiven = this.#isOwed = true;
    void channel.write(`${word}\n`);
  }

  #settle(how: 'accepted' | 'refused' | 'lost'): void {
    if (!this.#isOwed) return;
    this.#isOwed = false;
    this.#password.settle(this.#node, how);
  }

  async #open(): Promise<void> {
    this.#isOpen = true;
    this.#settle('accepted');
    await this.#tellSaid();
    this.#enter();
  }

  /** What login scripts and sudo have said, without the words of this conversation. */
  async #tellSaid(): Promise<void> {
    const { marker } = this.#password;
    if (this.#answers > 0 && !this.#isGiven) return void (await this.#inner.onStderr(NOT_GIVEN));
    for (const sink of ['onStdout', 'onStderr'] as const) {
      const said = this.#said[sink].toString('latin1');
      const words = said.replaceAll(asksWith(marker), '').replaceAll(beginsLine(marker), '');
      if (words !== '') await this.#inner[sink](Buffer.from(words, 'latin1'));
    }
  }
}

const NOT_GIVEN = Buffer.from(
  'sudo was not given the password here, since another node has refused it, or too many did not answer it\n',
);
