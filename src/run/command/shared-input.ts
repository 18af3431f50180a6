/** `-i`: a file of this machine that is the stdin of the command on every node. */
import type { Readable } from 'node:stream';
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { startCommand } from '../../node/worker/worker.ts';
import type { Channel } from '../../ssh/transport.ts';
import { fanOut, type Sink } from '../../transfer/fan-out.ts';
import { fanOutSettings, type HeldRun, outputSinks, type Site, whileProven } from '../held-run.ts';
import { stdinOf } from '../request/work.ts';
import { unlessLoginKey } from '../start/private-key.ts';
import type { CommandSite } from './commands-at-work.ts';

/**
 * Reads the input once and sends it to every node at its own pace: a node whose turn comes later gets it from the
 * beginning, too. Each channel opens when the schedule starts its node.
 */
export class SharedInput {
  readonly #work: InputWork;
  readonly #input: Readable;
  readonly #sinks: Sink[] = [];
  /** The error of the first channel that a node refused. */
  #refusal: unknown;

  constructor(work: InputWork, input: Readable) {
    this.#work = work;
    this.#input = input;
  }

  site(site: Site, command: () => string): CommandSite {
    const { held, output } = this.#work;
    let open: (channel: Promise<Channel>) => void = () => {};
    const channel = new Promise<Channel>((resolve) => {
      open = resolve;
    });
    const result = channel.then(
      ({ result: end }) => end,
      (thrown: unknown) => this.#refused(thrown),
    );
    this.#sinks.push({
      write: (bytes) => channel.then((opened) => opened.write(bytes)).catch(() => {}),
      end: () => void channel.then((opened) => opened.end()).catch(() => {}),
      ended: result,
    });
    const start = () => {
      const sinks = outputSinks(output, site.node);
      open(startCommand(held, site, { job: 'command', command: command() }, sinks));
      return {
        begun: channel,
        result,
        status: channel.then(({ status }) => status ?? NEVER),
        end: () => site.keeper.endWorkers(),
        close: () => void channel.then((opened) => opened.close()).catch(() => {}),
      };
    };
    return { node: site.node, start };
  }

  /** Resolves when the commands have ended; rejects then if one could not start. */
  async feed(ended: Promise<void>): Promise<void> {
    const { held, request, tell, progress } = this.#work;
    const checked = unlessLoginKey(this.#input, stdinOf(request.work) ?? '', { request, tell });
    const settings = fanOutSettings(this.#work);
    let fail: (reason: unknown) => void = () => {};
    const failed = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    // Without a spool, nodes at work would wait for those whose turn comes only when these have ended.
    if (progress.rollout !== undefined) settings.onSpoolFailed = (why) => fail(unstorable(why));
    const sent = fanOut(whileProven(held, checked), this.#sinks, settings);
    try {
      // When all commands have ended they need no more input: a terminal would keep the read waiting for ever.
      await Promise.race([Promise.all([sent, ended]), ended, failed]);
    } finally {
      sent.catch(() => {});
      this.#input.destroy();
    }
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** The others go on, as when a keeper that runs the command is lost. */
  #refused(thrown: unknown): ChannelResult {
    this.#refusal ??= thrown;
    return { kind: 'lost', reason: toLockstepError(thrown).message };
  }
}

function unstorable(why: unknown): LockstepError {
  const message = 'the temporary file for the input of nodes whose turn comes later cannot be written';
  return new LockstepError('local-refusal', `${message}: ${systemErrorText(why)}`);
}

/** Where to open it, and what ends it. */
export type InputWork = Pick<HeldRun, 'held' | 'output' | 'clock' | 'request' | 'tell' | 'progress'>;

const NEVER = new Promise<never>(() => {});
