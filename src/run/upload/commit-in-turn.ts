/**
 * The commit of a rollout. All nodes have their files in stages, proven. Each puts them in place when its turn comes, and keeps them or
 * goes back, whatever the others do. A node that gets no turn keeps its old files, and its keeper removes the stage.
 */
import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import type { Outcome } from '../../core/outcome.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { type PartsFor, runCommand } from '../command/command.ts';
import type { CommandLimits } from '../command/run-commands.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { MEND } from '../rollout/tell-rollout.ts';
import type { CommitWish } from './commit.ts';
import type { Staged } from './node-commit.ts';
import { NodeTurn } from './node-turn.ts';
import type { DestinationOn, Shipment } from './shipments.ts';
import { type Owners, stageAll } from './stage.ts';

/** The sync tool or command that each node runs after it has decided to keep its files. */
export interface ToolOfTurns {
  readonly limits: CommandLimits;
  readonly partsFor: PartsFor;
  /** Called when all nodes have staged their files. */
  begin(): void;
}

export interface InTurn {
  readonly shipments: readonly Shipment[];
  readonly staged: readonly Staged[];
  readonly wish: Owners & CommitWish & { readonly tool?: ToolOfTurns | undefined };
  readonly destinationOn: DestinationOn;
}

/** Resolves when no node has a turn any more. Rejects where it is not known whether some node has its old files or the new ones. */
export async function commitInTurn(work: HeldRun, inTurn: InTurn): Promise<void> {
  const { tell, files } = work;
  const { staged, wish } = inTurn;
  const { tool, checkCommand, directory, shell, timeoutMs, isFailFast = false } = wish;
  files.goByNode();
  if (staged.length > 0) {
    const message = `ready on ${countNodes(staged.length)}: each puts the files in place at its turn, so it is not all or none of them`;
    tell({ type: 'log', level: 'info', message });
  }
  tool?.begin();
  const limits = tool?.limits ?? { timeoutMs, isFailFast };
  const partsFor = tool?.partsFor ?? (() => ({ text: checkCommand ?? '', directory, shell }));
  const turns = turnsOf(work, inTurn);
  await runCommand(work, limits, partsFor, (own, site) => turns.get(site)?.around(own) ?? own);
  settle(work, wish);
}

function turnsOf(
  work: HeldRun,
  { shipments, staged, wish, destinationOn }: InTurn,
): ReadonlyMap<Site, NodeTurn> {
  const stageOf = new Map(staged.map((one) => [one.site, one]));
  const shipmentOf = new Map(
    shipments.flatMap((shipment) => shipment.sites.map((site) => [site, shipment] as const)),
  );
  const command = wish.tool !== undefined ? 'tool' : wish.checkCommand !== undefined ? 'check' : undefined;
  const turnOf = (site: Site) => {
    const shipment = shipmentOf.get(site);
    const stageAgain = async (own: HeldRun) => {
      if (shipment === undefined) return [];
      // Phases and log lines are about all nodes; the first staging has told them.
      const tell: Tell = (event) => {
        if (event.type !== 'phase' && event.type !== 'log') own.tell(event);
      };
      const only = { ...shipment, sites: [site] };
      return stageAll({ ...own, tell }, [only], { owners: wish, destinationOn });
    };
    const isAlone = wish.onFailure === 'keep';
    return new NodeTurn(work, site, { staged: stageOf.get(site), stageAgain, isAlone, command });
  };
  return new Map(work.sites.map((site) => [site, turnOf(site)]));
}

/** Decides the end of the run by the outcomes of all nodes. */
function settle({ sites, outcomes, files, progress, held }: HeldRun, wish: InTurn['wish']): void {
  const failed = sites.flatMap(({ node }) => {
    const outcome = outcomes.get(node);
    return outcome === undefined || !hasFailed(outcome) ? [] : [{ node, outcome }];
  });
  const refused = failed.flatMap(({ outcome }) => (outcome.kind === 'refused' ? [outcome.error] : []));
  const isCheck = wish.checkCommand !== undefined && progress.hooks === undefined && refused.length === 0;
  const isRefusal = refused.length === failed.length;
  const what = isRefusal
    ? 'the files could not be put in place'
    : isCheck
      ? 'the check failed'
      : 'the rollout failed';
  const text = `${what} on ${failed.length} of ${countNodes(sites.length)}`;
  const unknown = sites.filter(({ node }) => files.stateOf(node) === 'unknown');
  if (unknown.length > 0) {
    const whole = `${text}, and of ${countNodes(unknown.length)} it is not known which they have`;
    throw new LockstepError('commit-failed', whole, {
      causes: refused,
      brief: { text: whole, causes: refused },
    });
  }
  const hasToolFailed = wish.tool !== undefined && refused.length < failed.length;
  if (failed.length > 0 && !hasToolFailed)
    progress.rolloutFailure ??= new LockstepError('rollout-failed', text, { hint: MEND });
  held.keepMade((node) => outcomes.get(node)?.kind === 'ok');
}

/** Whether a node has failed by itself. One that the run has ended because another failed, or that never began, has not. */
function hasFailed({ kind }: Outcome): boolean {
  return kind !== 'ok' && kind !== 'ended' && kind !== 'skipped';
}
