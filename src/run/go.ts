/** One command without stdin on every node, run by a keeper that is there already: no second channel, no second process. */
import { LockstepError } from '../errors.ts';
import type { Emit, Outcome } from '../events.ts';
import type { GoResult } from '../node/running-command.ts';
import type { ChannelResult, ChannelSinks } from '../ssh/transport.ts';
import type { Node } from '../targets/node.ts';
import { type CommandContext, type CommandParts, commandFor, outcomeOf, outputSinks } from './work.ts';

/** A node whose keeper, ours or a session's, runs a command. */
export interface GoSite {
  readonly node: Node;
  readonly keeper: { go(command: string, sinks: ChannelSinks): Promise<GoResult> };
}

export interface GoWork<Site extends GoSite> extends CommandContext {
  readonly sites: readonly Site[];
  readonly emit: Emit;
  readonly outcomes: Map<string, Outcome>;
}

/** Resolves when the command has ended on every node. A command that fails on a node never ends the others. */
export async function goAll<Site extends GoSite>(
  work: GoWork<Site>,
  partsFor: (site: Site) => CommandParts,
): Promise<void> {
  await Promise.all(
    work.sites.map(async (site) => {
      const command = commandFor(work, site.node, partsFor(site));
      const result = await site.keeper.go(command, outputSinks(work.emit, site.node));
      await tellEnd(work, site.node, result);
    }),
  );
}

/** Notes how the command of one node has ended, and tells it. */
export async function tellEnd(
  { outcomes, emit }: Pick<GoWork<GoSite>, 'outcomes' | 'emit'>,
  node: Node,
  result: ChannelResult,
): Promise<void> {
  const outcome = outcomeOf(result);
  outcomes.set(node.id, outcome);
  await emit({ type: 'output-end', node });
  if (outcome.kind === 'ok') return void emit({ type: 'node-done', phase: 'exec', node });
  const error = new LockstepError('command-failed', 'remote command exited with non-zero code', { node });
  void emit({ type: 'node-failed', phase: 'exec', node, error });
}
