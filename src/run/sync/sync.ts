/** Mode `-S`: upload, then a sync tool on every node, all of them in step. */

import { bootHere } from '../../node/boot.ts';
import { SHIPPED_TOOL } from '../../node/files/relocation.ts';
import { runCommand } from '../command/command.ts';
import { FileStates } from '../report/file-states.ts';
import { upload } from '../upload/upload.ts';
import type { CommandParts, Site, Work } from '../work.ts';
import { lookAll, type View } from './look.ts';
import { chooseTool, type Destination, destinationOf, type Tool } from './sync-plan.ts';
import { runTools } from './tools.ts';

/** Resolves when every tool has ended well; rejects with the first cause. */
export async function sync(work: Work): Promise<void> {
  const { options, collection, emit, held, files, sites } = work;
  const destination = destinationOf({
    hasFiles: collection !== undefined,
    isAbsolute: collection?.isAbsolute ?? true,
    root: options.root,
    command: options.syncCommand,
    keepStaged: options.keepStaged,
  });
  if (collection !== undefined) files.begin(sites.map(({ node }) => node));
  const views = await lookAll(work, destination);
  const viewOf = (site: Site): View => views.get(site.node.id) ?? {};
  const tool = chooseTool(options.syncCommand, new Map([...views].map(([id, view]) => [id, view.tool])));
  if (destination === 'own-paths') {
    const text =
      'files go to their own paths on every node, then the command runs; --keep-staged leaves them in the run directory';
    void emit({ type: 'log', level: 'info', message: text });
  }
  if (collection !== undefined) {
    // The run directory is no destination.
    const place = destination === 'run-directory' ? { ...work, files: new FileStates() } : work;
    await upload(
      place,
      collection,
      (site) => directoryOf(destination, { options, view: viewOf(site) }) ?? '/',
    );
  }
  held.keepMade();
  const partsFor = (site: Site) => toolParts(work, { tool, destination, view: viewOf(site) });
  const isRelocating = tool.kind === 'shipped' && destination === 'run-directory';
  if (!isRelocating && (destination === 'run-directory' || hasTarget(tool, options))) files.forget();
  if (options.simple) return runCommand(work, partsFor);
  await runTools(work, { tool, isRelocating }, partsFor);
}

/** The shipped tool puts the files elsewhere once more. */
function hasTarget(tool: Tool, { toolArguments }: Work['options']): boolean {
  return tool.kind === 'shipped' && toolArguments.some((argument) => /^--to(=|$)/.test(argument));
}

function directoryOf(
  destination: Destination,
  { options, view }: { options: Work['options']; view: View },
): string | undefined {
  switch (destination) {
    case 'run-directory':
      return view.directory;
    case 'own-paths':
      return '/';
    case 'root':
    case 'none':
      return options.root;
  }
}

/** Where a relative `--to` of the tool counts from, also under sudo. */
function loginOf({ login }: View): Record<string, string> {
  return login === undefined ? {} : { LOCKSTEP_LOGIN: login };
}

function toolParts(
  work: Work,
  { tool, destination, view }: { tool: Tool; destination: Destination; view: View },
): CommandParts {
  const { options, identity, collection } = work;
  const directory = destination === 'own-paths' ? undefined : directoryOf(destination, { options, view });
  const parameters = options.toolArguments;
  switch (tool.kind) {
    case 'command':
      return { text: tool.text, directory, parameters };
    case 'installed':
      return { text: `${tool.path} "\${@}"`, directory, parameters, environment: loginOf(view) };
    case 'shipped': {
      const isRelocating = destination === 'run-directory';
      return {
        text: bootHere(['lockstep-sync', ...parameters], SHIPPED_TOOL),
        directory,
        environment: {
          ...loginOf(view),
          LOCKSTEP_WHO: identity.who,
          LOCKSTEP_SINCE: identity.since,
          LOCKSTEP_LOCK: work.sites[0]?.keeper.settings.lockPath ?? '/',
          LOCKSTEP_TO: isRelocating ? (collection?.isAbsolute === false ? (view.login ?? '.') : '/') : '',
        },
        isOurs: true,
      };
    }
  }
}
