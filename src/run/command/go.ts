/** One command without stdin on every node, run by a keeper that is there already: no second channel, no second process. */

import { LockstepError } from '../../core/errors.ts';
import type { Emit } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { GoResult } from '../../node/keeper/running-command.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';
import { type CommandContext, type CommandParts, commandFor, outputSinks } from '../work.ts';
import type { CommandWatch } from './command-watch.ts';

/** A node whose keeper, ours or a session's, runs a command. */
export interface GoSite {
  readonly node: Node;
  readonly keeper: {
    go(command: string, sinks: ChannelSinks): Promise<GoResult>;
    /** Resolves when the command begins, where it may have to wait for its turn. */
    begun?(): Promise<void> | undefined;
    endWorkers(): void;
  };
}

export interface GoWork<Site extends GoSite> extends CommandContext {
  readonly sites: readonly Site[];
  readonly emit: Emit;
  /** In the order in which the nodes end. */
  readonly outcomes: Map<string, Outcome>;
  readonly watch: CommandWatch;
}

/** Resolves when the command has ended on every node. */
export async function goAll<Site extends GoSite>(
  work: GoWork<Site>,
  partsFor: (site: Site) => CommandParts,
): Promise<void> {
  await Promise.all(
    work.sites.map(async (site) => {
      const command = commandFor(work, site.node, partsFor(site));
      const result = site.keeper.go(command, outputSinks(work.emit, site.node));
      const end = () => site.keeper.endWorkers();
      await tellEnd(
        work,
        site.node,
        await work.watch.outcome(site.node, { result, end, begun: site.keeper.begun?.() }),
      );
    }),
  );
}

/** Notes how the command of one node has ended, and tells it. */
export async function tellEnd(
  { outcomes, emit }: Pick<GoWork<GoSite>, 'outcomes' | 'emit'>,
  node: Node,
  outcome: Outcome,
): Promise<void> {
  outcomes.set(node.id, outcome);
  await emit({ type: 'output-end', node });
  if (outcome.kind === 'ok') return void emit({ type: 'node-done', phase: 'exec', node });
  const error =
    outcome.kind === 'timed-out'
      ? new LockstepError('command-timed-out', 'remote command took too long', { node })
      : new LockstepError('command-failed', 'remote command exited with non-zero code', { node });
  void emit({ type: 'node-failed', phase: 'exec', node, error });
}
