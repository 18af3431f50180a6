/** Mode `-C`, and `-S -m`: one command on every node. One that fails never ends the others, except with `--fail-fast`. */

import { ROLLOUT_LIMITS } from '../../core/limits/rollout.ts';
import type { Node } from '../../core/node.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { type CommandParts, commandFor, type HeldRun, outputSinks, type Site } from '../held-run.ts';
import type { RolloutControl } from '../rollout/control.ts';
import { type HookParts, withHooks } from '../rollout/hooks.ts';
import { keepDirectory } from '../rollout/keep-directory.ts';
import { tellStart } from '../rollout/tell-rollout.ts';
import { whenKept } from '../rollout/when-kept.ts';
import type { CommandSite } from './commands-at-work.ts';
import { type CommandLimits, CommandRun, type CommandRunOptions } from './run-commands.ts';
import { SharedInput } from './shared-input.ts';

export type PartsFor = (site: Site) => CommandParts;

/**
 * Resolves when the command has ended on every node; `work.outcomes` says how. `around`: the rest of a node's work,
 * where that is more than its command.
 */
export async function runCommand(
  work: HeldRun,
  limits: CommandLimits,
  partsFor: PartsFor,
  around?: (own: CommandSite, site: Site) => CommandSite,
): Promise<void> {
  const { sites, held, tell, input, request, progress, here } = work;
  const { rollout, hooks, down } = progress;
  tell({ type: 'phase', phase: 'exec', nodes: sites.length });
  held.check();
  const { killGraceMs } = request.times;
  const shared = input === undefined ? undefined : new SharedInput(work, input);
  const absent = absentOf(work);
  const nodes = [...progress.nodes, ...down];
  if (rollout !== undefined) tellStart({ rules: rollout, nodes, absent, down, hooks }, tell);
  const { again = [], rest = [] } = here.whole ?? {};
  const wereOut = idsOf(rest.flatMap(({ node, isOut }) => (isOut ? node : [])));
  const areAgain = idsOf(again.map(({ node }) => node));
  const left = idsOf(rest.flatMap(({ node, kind, isOut }) => (kind === 'ok' || isOut ? [] : node)));
  const unbegun = idsOf(rest.flatMap(({ node, kind }) => (kind === 'skipped' ? node : [])));
  const others = { absent: idsOf(absent), down: idsOf(down), again: areAgain, unbegun, wereOut, left };
  progress.hasWorkBegun = true;
  const commands = new CommandRun(
    sites.map((site) => {
      const command = () => commandFor(work, site.node, partsFor(site));
      const plain = shared?.site(site, command) ?? siteOfKeeper(work, site, command);
      const own = around?.(plain, site) ?? plain;
      const hasHooks = hooks !== undefined && !own.isIdle;
      const whole = hasHooks ? withHooks(own, hookParts(work, site, { hooks, partsFor })) : own;
      if (rollout === undefined) return whole;
      const turn = keepDirectory(whole, site.keeper);
      return here.kept === undefined ? turn : whenKept(turn, here.kept);
    }),
    {
      ...work,
      limits,
      killGraceMs,
      rollout,
      others,
      leash: around === undefined ? leashOf(work) : undefined,
      confirm: here.ask?.confirm,
    },
  );
  progress.isWaiting = (node) => commands.isWaiting(node);
  progress.onNodeLost = (node, reason) => commands.lose(node, reason);
  const end = shared?.feed(commands.finished) ?? commands.finished;
  const stopHalting = here.onInterrupt?.(() => commands.control.halt());
  const door = rollout === undefined ? undefined : openDoor(work, commands.control);
  await unlessAborted(held.signal, end).finally(() => {
    stopHalting?.();
    // A disk that does not answer must not hold the run.
    void door?.then((shut) => shut());
    commands.close();
  });
  progress.rolloutFailure = commands.rolloutFailure;
}

/** A call's node obeys the leash of its session, which may be longer. */
function leashOf({ sites, request, joinedPath }: HeldRun): CommandRunOptions['leash'] {
  if (joinedPath !== undefined) return undefined;
  const { leaseMs, killGraceMs } = request.times;
  const keepers = new Map(sites.map(({ node, keeper }) => [node.id, keeper]));
  const isOn = ({ id }: Node) => keepers.get(id)?.hasLeash === true;
  return { leashMs: leaseMs + killGraceMs + ROLLOUT_LIMITS.leashSlackMs, isOn };
}

function idsOf(nodes: readonly Node[]): string[] {
  return nodes.map(({ id }) => id);
}

/** Loaded only for runs that others can ask. */
async function openDoor(work: HeldRun, control: RolloutControl): Promise<() => void> {
  return (await import('../rollout/door.ts')).openRolloutDoor(work, control);
}

function hookParts(
  work: HeldRun,
  site: Site,
  { hooks, partsFor }: Pick<HookParts, 'hooks'> & { readonly partsFor: PartsFor },
): HookParts {
  const { held, tell, output } = work;
  const { node, keeper } = site;
  const commandOf = (text: string) => commandFor(work, node, { ...partsFor(site), text });
  return {
    hooks,
    tell,
    run: async (text) => {
      held.check();
      return keeper.go(commandOf(text), outputSinks(output, node));
    },
    end: () => keeper.endWorkers(),
  };
}

/** Nodes that were left out, if a rollout counts them. */
function absentOf({ progress: { nodes, rollout }, sites }: HeldRun): Node[] {
  if (rollout === undefined) return [];
  const present = new Set(sites.map(({ node }) => node.id));
  return nodes.filter(({ id }) => !present.has(id));
}

/** Without stdin the existing keeper runs the command, with no second channel or process. */
function siteOfKeeper(work: HeldRun, { node, keeper }: Site, command: () => string): CommandSite {
  const start = () => {
    // Its turn may come long after the first one.
    work.held.check();
    work.begunMs.set(node.id, work.clock.monotonicMs());
    const result = keeper.go(command(), outputSinks(work.output, node));
    return { result, end: () => keeper.endWorkers() };
  };
  return { node, start };
}
