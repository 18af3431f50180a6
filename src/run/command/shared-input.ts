/** `-i`: a file of this machine that is the stdin of the command on every node. */
import type { Readable } from 'node:stream';
import { toLockstepError } from '../../core/errors.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { startCommand } from '../../node/worker/worker.ts';
import type { Channel } from '../../ssh/transport.ts';
import { fanOut, type Sink } from '../../transfer/fan-out.ts';
import { fanOutSettings, type HeldRun, outputSinks, type Site, whileProven } from '../held-run.ts';
import { unlessLoginKey } from '../start/private-key.ts';
import { stdinOf } from '../work-request.ts';
import type { CommandSite } from './run-commands.ts';

/**
 * The input is read once and goes to every node at its own pace: one whose turn comes later has it from its beginning, too.
 * Each channel is opened when the schedule starts its node.
 */
export class SharedInput {
  readonly #work: InputWork;
  readonly #input: Readable;
  readonly #sinks: Sink[] = [];
  /** The first channel that was refused. */
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

  /** Resolves when the commands have ended; rejects then where one could not be started. */
  async feed(ended: Promise<void>): Promise<void> {
    const { held, request, tell } = this.#work;
    const checked = unlessLoginKey(this.#input, stdinOf(request.work) ?? '', { request, tell });
    const sent = fanOut(whileProven(held, checked), this.#sinks, fanOutSettings(this.#work));
    try {
      // Commands that have all ended need no more input: a terminal would keep the read waiting for ever.
      await Promise.race([Promise.all([sent, ended]), ended]);
    } finally {
      sent.catch(() => {});
      this.#input.destroy();
    }
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** The others go on, as where a keeper that runs the command is lost. */
  #refused(thrown: unknown): ChannelResult {
    this.#refusal ??= thrown;
    return { kind: 'lost', reason: toLockstepError(thrown).message };
  }
}

/** Where it is opened, and what ends it. */
export type InputWork = Pick<HeldRun, 'held' | 'output' | 'clock' | 'request' | 'tell'>;

const NEVER = new Promise<never>(() => {});
