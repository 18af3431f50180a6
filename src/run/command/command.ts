/** Mode `-C`, and `-S -m`: one command on every node. One that fails never ends the others, unless `--fail-fast` wants it. */
import { unlessAborted } from '../../core/waiting.ts';
import { type CommandParts, commandFor, type HeldRun, outputSinks, type Site } from '../held-run.ts';
import { type CommandLimits, CommandRun, type CommandSite } from './run-commands.ts';
import { SharedInput } from './shared-input.ts';

export type PartsFor = (site: Site) => CommandParts;

/** Resolves when the command has ended on every node; how, is in `work.outcomes`. */
export async function runCommand(work: HeldRun, limits: CommandLimits, partsFor: PartsFor): Promise<void> {
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
function siteOfKeeper(work: HeldRun, { node, keeper }: Site, command: () => string): CommandSite {
  const start = () => {
    work.begunMs.set(node.id, work.clock.monotonicMs());
    const result = keeper.go(command(), outputSinks(work.output, node));
    return { result, end: () => keeper.endWorkers() };
  };
  return { node, start };
}
