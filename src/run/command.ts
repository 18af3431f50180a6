/** Mode `-C`, and `-S -m`: one command on every node. A command that fails on a node never ends the others. */
import { open } from 'node:fs/promises';
import { LockstepError } from '../errors.ts';
import { startCommand } from '../node/worker.ts';
import type { Channel, ChannelResult } from '../ssh/transport.ts';
import { fanOut } from '../transfer/fan-out.ts';
import { spoolIn } from '../transfer/spool.ts';
import { spoolDirectory } from './spool-directory.ts';
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
  const { sites, held, emit, options } = work;
  void emit({ type: 'phase', phase: 'exec', nodes: sites.length });
  held.check();
  await unlessAborted(
    held.signal,
    options.stdin === undefined
      ? runWithoutInput(work, partsFor)
      : runWithInput(work, partsFor, options.stdin),
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

/** The file (or terminal, or pipe) is read once and goes to every node at its own pace. */
async function runWithInput(work: Work, partsFor: PartsFor, path: string): Promise<void> {
  const { sites, emit, held } = work;
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new LockstepError(
      'usage',
      `can't open the file for stdin: '${path}': ${error.code ?? error.message}`,
    );
  });
  const channels: Channel[] = [];
  try {
    const running = sites.map(async (site) => {
      const command = commandFor(work, site.node, partsFor(site));
      const channel = await startCommand(
        site.connection,
        site.keeper,
        'command',
        command,
        outputSinks(emit, site.node),
      );
      channels.push(channel);
      return { site, channel };
    });
    const started = await Promise.all(running);
    const sinks = started.map(({ channel }) => ({
      write: (bytes: Buffer) => channel.write(bytes),
      end: () => channel.end(),
      ended: channel.result,
    }));
    const input = file.createReadStream({ autoClose: false });
    const sent = fanOut(input, sinks, {
      onBytes: () => {},
      signal: held.signal,
      spool: spoolIn(spoolDirectory()),
    });
    const ended = started.map(async ({ site, channel }) => report(work, site, await channel.result));
    // Commands that have all ended need no more input: a terminal would keep the read waiting for ever.
    await Promise.race([Promise.all([sent, ...ended]), Promise.all(ended)]);
    sent.catch(() => {});
    input.destroy();
  } finally {
    await file.close().catch(() => {});
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
