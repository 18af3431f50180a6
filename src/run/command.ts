/** Mode `-C`, and `-S -m`: one command on every node. A command that fails on a node never ends the others. */
import type { Readable } from 'node:stream';
import { LockstepError } from '../errors.ts';
import { startCommand } from '../node/worker.ts';
import type { ChannelResult } from '../ssh/transport.ts';
import { fanOut } from '../transfer/fan-out.ts';
import { pace } from './pace.ts';
import {
  type CommandParts,
  commandFor,
  outcomeOf,
  outputSinks,
  type Site,
  unlessAborted,
  type Work,
} from './work.ts';

export type PartsFor = (site: Site) => CommandParts;

/** Resolves when the command has ended on every node; how, is in `work.outcomes`. */
export async function runCommand(work: Work, partsFor: PartsFor): Promise<void> {
  const { sites, held, emit, input } = work;
  void emit({ type: 'phase', phase: 'exec', nodes: sites.length });
  held.check();
  await unlessAborted(
    held.signal,
    input === undefined ? runWithoutInput(work, partsFor) : runWithInput(work, partsFor, input),
  );
}

/** The keepers run the command themselves: no second channel, no second process. */
async function runWithoutInput(work: Work, partsFor: PartsFor): Promise<void> {
  await Promise.all(
    work.sites.map(async (site) => {
      const command = commandFor(work, site.node, partsFor(site));
      const result = await site.keeper.go(command, outputSinks(work.emit, site.node));
      await report(work, site, result);
    }),
  );
}

/** The input is read once and goes to every node at its own pace. */
async function runWithInput(work: Work, partsFor: PartsFor, input: Readable): Promise<void> {
  const { sites, emit, held } = work;
  const started = await Promise.all(
    sites.map(async (site) => {
      const command = commandFor(work, site.node, partsFor(site));
      const sinks = outputSinks(emit, site.node);
      return { site, channel: await startCommand(site.connection, site.keeper, 'command', command, sinks) };
    }),
  );
  const sinks = started.map(({ channel }) => ({
    write: (bytes: Buffer) => channel.write(bytes),
    end: () => channel.end(),
    ended: channel.result,
  }));
  const sent = fanOut(input, sinks, { onBytes: () => {}, signal: held.signal, ...pace });
  const ended = Promise.all(
    started.map(async ({ site, channel }) => report(work, site, await channel.result)),
  );
  try {
    // Commands that have all ended need no more input: a terminal would keep the read waiting for ever.
    await Promise.race([Promise.all([sent, ended]), ended]);
  } finally {
    sent.catch(() => {});
    input.destroy();
  }
}

async function report(work: Work, { node }: Site, result: ChannelResult): Promise<void> {
  const outcome = outcomeOf(result);
  work.outcomes.set(node.id, outcome);
  await work.emit({ type: 'output-end', node });
  if (outcome.kind === 'ok') return void work.emit({ type: 'node-done', phase: 'exec', node });
  const error = new LockstepError('command-failed', 'remote command exited with non-zero code', { node });
  void work.emit({ type: 'node-failed', phase: 'exec', node, error });
}
