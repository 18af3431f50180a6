/** Mode `-C`, and `-S -m`: one command on every node. One that fails never ends the others, unless `--fail-fast` wants it. */
import type { Readable } from 'node:stream';
import { startCommand } from '../../node/worker/worker.ts';
import type { Channel } from '../../ssh/transport.ts';
import { fanOut } from '../../transfer/fan-out.ts';
import { spoolOnDisk } from '../../transfer/spool.ts';
import { unlessLoginKey } from '../start/private-key.ts';
import {
  type CommandParts,
  commandFor,
  outputSinks,
  type Site,
  unlessAborted,
  type Work,
  whileProven,
} from '../work.ts';
import { stdinOf } from '../work-request.ts';
import { type CommandLimits, CommandRun, type CommandSite } from './run-commands.ts';

export type PartsFor = (site: Site) => CommandParts;

/** Resolves when the command has ended on every node; how, is in `work.outcomes`. */
export async function runCommand(work: Work, limits: CommandLimits, partsFor: PartsFor): Promise<void> {
  const { sites, held, tell, input, request } = work;
  tell({ type: 'phase', phase: 'exec', nodes: sites.length });
  held.check();
  const { killGraceMs } = request.times;
  const shared = input === undefined ? undefined : new SharedInput(work, input);
  const commands = new CommandRun(
    sites.map((site) => {
      const command = () => commandFor(work, site.node, partsFor(site));
      return shared?.site(site, command) ?? siteOfKeeper(work, site, command);
    }),
    { ...work, limits, killGraceMs },
  );
  const end = shared?.feed(commands.finished) ?? commands.finished;
  await unlessAborted(held.signal, end).finally(() => commands.close());
}

/** Needs no stdin: the keeper that is there runs it, without a second channel or process. */
function siteOfKeeper(work: Work, { node, keeper }: Site, command: () => string): CommandSite {
  const start = () => {
    work.begunMs.set(node.id, work.clock.monotonicMs());
    const result = keeper.go(command(), outputSinks(work.output, node));
    return { result, end: () => keeper.endWorkers() };
  };
  return { node, start };
}

/** The input is read once and goes to every node at its own pace: it begins when every command is there to read it. */
class SharedInput {
  readonly #work: Work;
  readonly #input: Readable;
  readonly #opened: Promise<Channel>[] = [];
  readonly #all: Promise<readonly Channel[]>;
  #settleAll: (channels: Promise<readonly Channel[]>) => void = () => {};

  constructor(work: Work, input: Readable) {
    this.#work = work;
    this.#input = input;
    this.#all = new Promise((resolve) => {
      this.#settleAll = resolve;
    });
    this.#all.catch(() => {});
  }

  site(site: Site, command: () => string): CommandSite {
    const { held, output, sites } = this.#work;
    const start = () => {
      const sinks = outputSinks(output, site.node);
      const channel = startCommand(held, site, { job: 'command', command: command() }, sinks);
      this.#opened.push(channel);
      if (this.#opened.length === sites.length) this.#settleAll(Promise.all(this.#opened));
      const begun = this.#all.then(() => channel);
      return {
        begun,
        result: begun.then(({ result }) => result),
        status: begun.then(({ status }) => status ?? NEVER),
        end: () => site.keeper.endWorkers(),
        close: () => void channel.then((opened) => opened.close()),
      };
    };
    return { node: site.node, start };
  }

  /** Resolves when the commands have ended. */
  async feed(ended: Promise<void>): Promise<void> {
    const { held, clock, request, tell } = this.#work;
    const settings = { onBytes: () => {}, signal: held.signal, spool: spoolOnDisk, clock };
    const sent = this.#all.then((channels) =>
      fanOut(
        whileProven(held, unlessLoginKey(this.#input, stdinOf(request.work) ?? '', { request, tell })),
        channels.map((channel) => ({
          write: (bytes: Buffer) => channel.write(bytes),
          end: () => channel.end(),
          ended: channel.result,
        })),
        settings,
      ),
    );
    try {
      // Commands that have all ended need no more input: a terminal would keep the read waiting for ever.
      await Promise.race([Promise.all([sent, ended]), ended]);
    } finally {
      sent.catch(() => {});
      this.#input.destroy();
    }
  }
}

const NEVER = new Promise<never>(() => {});
