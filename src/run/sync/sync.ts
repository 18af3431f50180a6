/** Mode `-S`: upload, then a sync tool on every node, all of them in step. */

import { bootHere } from '../../node/boot.ts';
import { SHIPPED_TOOL } from '../../node/texts.ts';
import { runCommand } from '../command/command.ts';
import type { CommandParts, HeldRun, Site } from '../held-run.ts';
import { FileStates } from '../report/file-states.ts';
import type { WorkOf } from '../request/request.ts';
import { upload } from '../upload/upload.ts';
import { surveyNodes, type View } from './survey.ts';
import { chooseTool, type Destination, destinationOf, type Tool } from './sync-plan.ts';
import { runTools } from './tools.ts';

/** Resolves when every tool has ended well; rejects with the first cause. */
export async function sync(work: HeldRun, asked: WorkOf<'sync'>): Promise<void> {
  const { collection, tell, held, files, sites } = work;
  const destination = destinationOf(asked, collection);
  if (asked.look !== undefined && collection !== undefined) {
    return (await import('../look/look-before-sync.ts')).lookBeforeSync(work, {
      collection,
      asked,
      destination,
    });
  }
  if (collection !== undefined) files.begin(sites.map(({ node }) => node));
  const views = await surveyNodes(work, asked, destination);
  const viewOf = (site: Site): View => views.get(site.node.id) ?? {};
  const tool = chooseTool(asked, new Map([...views].map(([id, view]) => [id, view.tool])));
  if (destination === 'own-paths') {
    const text =
      'files go to their own paths on every node, then the command runs; --keep-staged leaves them in the run directory';
    tell({ type: 'log', level: 'info', message: text });
  }
  if (destination === 'root' && tool.kind === 'shipped' && canFail(asked)) {
    const text = `with -r the files are in place before the tool starts, and stay there when its check or reload fails: ${INSTEAD}`;
    tell({ type: 'log', level: 'warn', message: text });
  }
  const partsFor = (site: Site) => toolParts(work, { asked, tool, destination, view: viewOf(site) });
  const isRelocating = tool.kind === 'shipped' && destination === 'run-directory';
  const begin = () => {
    if (!isRelocating && (destination === 'run-directory' || hasTarget(tool, asked))) files.forget();
  };
  // Then a node's tool is part of its turn.
  const isInTurn = work.progress.rollout !== undefined && collection !== undefined;
  if (collection !== undefined) {
    // The run directory is no destination.
    const place = destination === 'run-directory' ? { ...work, files: new FileStates() } : work;
    // A run directory is always new.
    const sendsAll = asked.sendsAll || destination === 'run-directory';
    await upload(
      place,
      collection,
      { ...asked, sendsAll, tool: isInTurn ? { limits: asked, partsFor, begin } : undefined },
      (site) => directoryOf(destination, { asked, view: viewOf(site) }) ?? '/',
    );
  }
  if (isInTurn) return;
  held.keepMade();
  begin();
  if (asked.isPlain) return runCommand(work, asked, partsFor);
  await runTools(work, { tool, isRelocating }, partsFor);
}

/** The user counts on a way back, and has not said where the shipped tool shall put the files. */
function canFail(asked: WorkOf<'sync'>): boolean {
  return asked.arguments.some((argument) => /^--(check|reload)(=|$)/.test(argument)) && !asksForTarget(asked);
}

const INSTEAD = 'for a way back give -g --to=DIR instead of -r DIR, or -U with --check-cmd';

/** The shipped tool puts the files elsewhere once more. */
function hasTarget(tool: Tool, asked: WorkOf<'sync'>): boolean {
  return tool.kind === 'shipped' && asksForTarget(asked);
}

function asksForTarget(asked: WorkOf<'sync'>): boolean {
  return asked.arguments.some((argument) => /^--to(=|$)/.test(argument));
}

function directoryOf(
  destination: Destination,
  { asked, view }: { asked: WorkOf<'sync'>; view: View },
): string | undefined {
  switch (destination) {
    case 'run-directory':
      return view.directory;
    case 'own-paths':
      return '/';
    case 'root':
    case 'none':
      return asked.directory;
  }
}

/** A relative `--to` of the tool counts from here, even under sudo. */
function loginOf({ login }: View): Record<string, string> {
  return login === undefined ? {} : { LOCKSTEP_LOGIN: login };
}

interface ToolFacts {
  readonly asked: WorkOf<'sync'>;
  readonly tool: Tool;
  readonly destination: Destination;
  readonly view: View;
}

function toolParts(work: HeldRun, { asked, tool, destination, view }: ToolFacts): CommandParts {
  const { identity, collection } = work;
  const directory = destination === 'own-paths' ? undefined : directoryOf(destination, { asked, view });
  const { shell, arguments: parameters } = asked;
  switch (tool.kind) {
    case 'command':
      return { text: tool.text, directory, shell, parameters };
    case 'installed':
      return { text: `${tool.path} "\${@}"`, directory, shell, parameters, environment: loginOf(view) };
    case 'shipped': {
      const isRelocating = destination === 'run-directory';
      return {
        text: bootHere(['lockstep-sync', ...parameters], SHIPPED_TOOL),
        directory,
        environment: {
          ...loginOf(view),
          LOCKSTEP_WHO: identity.who,
          LOCKSTEP_SINCE: identity.since,
          LOCKSTEP_LOCK: work.sites[0]?.keeper.settings.record.lockPath ?? '/',
          LOCKSTEP_TO: isRelocating ? (collection?.isAbsolute === false ? (view.login ?? '.') : '/') : '',
        },
        isOurs: true,
      };
    }
  }
}
