/** The door to keepers: starts one, and resolves when it has its lock, or has said why it does not get it. */
import { type Clock, readClock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { SeenHolder, Unfinished } from '../../core/lock.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import type { Channel, Connection } from '../../ssh/transport.ts';
import { openBoot } from '../become.ts';
import { HeldKeeper } from './held-keeper.ts';
import { type KeeperSettings, keeperInput, type Refusal } from './keeper-command.ts';
import { KeeperVoice } from './keeper-voice.ts';

export type KeeperStart = { readonly kind: 'acquired'; readonly keeper: HeldKeeper } | Refusal;

/**
 * A channel on which a keeper may begin: nothing runs there but the login shell, which waits for a text, and ends with the channel.
 * Opened while it is not yet known whether a keeper shall begin, it costs no round trip of its own.
 */
export class KeeperSeat {
  readonly voice: KeeperVoice;
  /** Rejects as `Connection.exec` does. */
  readonly channel: Promise<Channel>;
  /** A keeper has begun there, or was meant to. */
  isUsed = false;
  #isOver = false;

  constructor(connection: Connection, { token, become }: KeeperSettings) {
    this.voice = new KeeperVoice(token);
    this.channel = openBoot(connection, become, this.voice.sinks);
    this.channel
      .then(({ result }) => result)
      .then(
        () => {
          this.#isOver = true;
        },
        () => {},
      );
  }

  /** Undefined: the server has ended it meanwhile. */
  take(): this | undefined {
    this.isUsed = !this.#isOver;
    return this.#isOver ? undefined : this;
  }

  /** No keeper begins there. */
  close(): void {
    this.channel.then(
      (channel) => channel.close(),
      () => {},
    );
  }
}

/**
 * Rejects with a LockstepError only when the node does not answer at all. `seat`: made for this connection with these settings.
 * `unwanted`: from then on nobody wants the lock; one that the node is just giving is still heard of, so that it can be given back.
 */
export async function startKeeper(
  connection: Connection,
  settings: KeeperSettings,
  clock: Clock,
  { seat, unwanted }: { readonly seat?: KeeperSeat | undefined; readonly unwanted?: Promise<void> } = {},
): Promise<KeeperStart> {
  const { voice, channel: opened } = seat?.take() ?? new KeeperSeat(connection, settings);
  const channel = await opened;
  // The keeper counts its lease from no earlier moment.
  const startedAt = readClock(clock);
  void channel.write(keeperInput(settings));
  const answer = await firstAnswer(voice, channel, clock, unwanted);
  if (answer.kind !== 'acquired') return answer;
  const keeper = new HeldKeeper({ connection, channel, settings, clock, voice, startedAt, ...answer });
  return { kind: 'acquired', keeper };
}

interface Acquired {
  readonly kind: 'acquired';
  readonly identity: string;
  readonly unfinished: readonly Unfinished[];
}

/** What the keeper says behind its answer waits for the next listener. */
function firstAnswer(
  voice: KeeperVoice,
  channel: Channel,
  clock: Clock,
  unwanted?: Promise<void>,
): Promise<Acquired | Refusal> {
  const holders: SeenHolder[] = [];
  const unfinished: Unfinished[] = [];
  let cancel = () => {};
  let isOver = false;
  const answer = new Promise<Acquired | Refusal>((resolve) => {
    const unstarted = (end: ChannelResult | { kind: 'silent'; afterMs: number }) =>
      resolve({ kind: 'unstarted', end, said: voice.noise });
    void channel.result.then(unstarted);
    const waitFor = (afterMs: number) => {
      cancel();
      cancel = clock.after(afterMs, () => {
        unstarted({ kind: 'silent', afterMs });
        channel.close();
      });
    };
    waitFor(LIMITS.lockAnswerTimeoutMs);
    void unwanted?.then(() => isOver || waitFor(LIMITS.closeGraceMs));
    voice.hear(({ reply, isOnStderr }) => {
      // A keeper says all on stdout.
      if (isOnStderr) return resolve(MERGED);
      switch (reply.kind) {
        case 'holder':
          return void holders.push(reply.holder);
        case 'left':
          return void unfinished.push(reply.unfinished);
        case 'acquired':
          voice.pause();
          return resolve({ kind: 'acquired', identity: reply.keeper, unfinished });
        case 'locked':
          return resolve({ kind: 'locked', holders });
        case 'draining':
        case 'error':
          return resolve(reply);
      }
    });
  });
  return answer.finally(() => {
    isOver = true;
    cancel();
  });
}

const MERGED: Refusal = {
  kind: 'error',
  reason: 'its login shell turns stdout into stderr, as exec >&2 does',
};
