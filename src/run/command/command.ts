/** Mode `-C`, and `-S -m`: one command on every node. One that fails never ends the others, unless `--fail-fast` wants it. */
import type { Readable } from 'node:stream';
import { startCommand } from '../../node/worker/worker.ts';
import { fanOut } from '../../transfer/fan-out.ts';
import { spoolOnDisk } from '../../transfer/spool.ts';
import {
  type CommandParts,
  commandFor,
  outputSinks,
  type Site,
  unlessAborted,
  type Work,
  whileProven,
} from '../work.ts';
import { type CommandLimits, type CommandWatch, watchCommands } from './command-watch.ts';
import { goAll, tellEnd } from './go.ts';

export type PartsFor = (site: Site) => CommandParts;

/** Resolves when the command has ended on every node; how, is in `work.outcomes`. */
export async function runCommand(work: Work, limits: CommandLimits, partsFor: PartsFor): Promise<void> {
  const { sites, held, emit, input, clock, request } = work;
  void emit({ type: 'phase', phase: 'exec', nodes: sites.length });
  held.check();
  const watch = watchCommands(limits, { clock, emit, killGraceMs: request.times.killGraceMs });
  const run =
    input === undefined
      ? goAll({ ...work, watch }, partsFor)
      : runWithInput({ ...work, watch }, partsFor, input);
  await unlessAborted(held.signal, run).finally(() => watch.close());
}

interface WatchedWork extends Work {
  readonly watch: CommandWatch;
}

/** The input is read once and goes to every node at its own pace. */
async function runWithInput(work: WatchedWork, partsFor: PartsFor, input: Readable): Promise<void> {
  const { sites, emit, held, watch, clock } = work;
  const started = await Promise.all(
    sites.map(async (site) => {
      const command = commandFor(work, site.node, partsFor(site));
      const sinks = outputSinks(emit, site.node);
      return { site, channel: await startCommand(held, site, { job: 'command', command }, sinks) };
    }),
  );
  const sinks = started.map(({ channel }) => ({
    write: (bytes: Buffer) => channel.write(bytes),
    end: () => channel.end(),
    ended: channel.result,
  }));
  const settings = { onBytes: () => {}, signal: held.signal, spool: spoolOnDisk, clock };
  const sent = fanOut(whileProven(held, input), sinks, settings);
  const ended = Promise.all(
    started.map(async ({ site, channel }) => {
      const end = () => site.keeper.endWorkers();
      const { result, status } = channel;
      await tellEnd(work, site.node, await watch.outcome(site.node, { result, status, end }));
      channel.close();
    }),
  );
  try {
    // Commands that have all ended need no more input: a terminal would keep the read waiting for ever.
    await Promise.race([Promise.all([sent, ended]), ended]);
  } finally {
    sent.catch(() => {});
    input.destroy();
  }
}
