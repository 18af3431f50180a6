/** Mode `-S`: upload, then a sync tool on every node, all of them in step. */
import { randomBytes } from 'node:crypto';
import { LockstepError } from '../errors.ts';
import { systemClock } from '../lock/clock.ts';
import lookText from '../node/look.sh';
import { quoteAll } from '../node/quote.ts';
import { RECOVER_TEXT, SHIPPED_TOOL } from '../node/relocation.ts';
import { startCommand } from '../node/worker.ts';
import { formatPrefix } from '../protocol/messages.ts';
import { ProtocolSession } from '../protocol/session.ts';
import { runCommand } from './command.ts';
import { speakerError, startSpeaker } from './speaker.ts';
import { chooseTool, type Destination, destinationOf, type Tool } from './sync-plan.ts';
import { upload } from './upload.ts';
import { type CommandParts, commandFor, outcomeOf, type Site, unlessAborted, type Work } from './work.ts';

/** Resolves when every tool has ended well; rejects with the first cause. */
export async function sync(work: Work): Promise<void> {
  const { options, collection, emit, held } = work;
  const destination = destinationOf({
    hasFiles: collection !== undefined,
    isAbsolute: collection?.isAbsolute ?? true,
    root: options.root,
    command: options.syncCommand,
    keepStaged: options.keepStaged,
  });
  const views = await lookAll(work, destination);
  const viewOf = (site: Site): View => views.get(site.node.id) ?? {};
  const tool = chooseTool(options.syncCommand, new Map([...views].map(([id, view]) => [id, view.tool])));
  if (destination === 'own-paths') {
    const text =
      'files go to their own paths on every node, then the command runs; --keep-staged leaves them in the run directory';
    void emit({ type: 'log', level: 'info', message: text });
  }
  if (collection !== undefined) {
    await upload(
      work,
      collection,
      (site) => directoryOf(destination, { options, view: viewOf(site) }) ?? '/',
    );
  }
  held.keepMade();
  const partsFor = (site: Site) => toolParts(work, { tool, destination, view: viewOf(site) });
  if (options.simple) return runCommand(work, partsFor);
  await runTools(work, tool, partsFor);
}

/** What a node told before the sync. */
interface View {
  readonly tool?: string | undefined;
  readonly login?: string | undefined;
  readonly directory?: string | undefined;
}

/** Asks each node which tool it has, and makes the run directories; without need for either nothing is asked. */
async function lookAll(work: Work, destination: Destination): Promise<Map<string, View>> {
  const { sites, held, options } = work;
  const isDirectoryNeeded = destination === 'run-directory';
  if (!isDirectoryNeeded && options.syncCommand !== undefined) return new Map();
  const look = async (site: Site): Promise<[string, View]> => {
    const words = [isDirectoryNeeded ? 'make' : ''];
    const speaker = await startSpeaker(work, site, { job: 'look', text: lookText, words });
    speaker.channel.end();
    const result = await speaker.channel.result;
    const path = (kind: string) =>
      speaker.replies.flatMap((reply) => ('path' in reply && reply.kind === kind ? [reply.path] : []))[0];
    const directory = path('directory');
    if (directory !== undefined) site.keeper.announceRunDirectory(directory);
    if (path('login') === undefined || (isDirectoryNeeded && directory === undefined)) {
      throw speakerError('upload-failed', site, { result, replies: speaker.replies });
    }
    return [site.node.id, { tool: path('tool'), login: path('login'), directory }];
  };
  return new Map(await unlessAborted(held.signal, Promise.all(sites.map(look))));
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
      return { text: `${tool.path} "\${@}"`, directory, parameters };
    case 'shipped': {
      const isRelocating = destination === 'run-directory';
      return {
        text: `exec sh -c ${quoteAll([SHIPPED_TOOL, 'lockstep-sync', ...parameters])}`,
        directory,
        environment: {
          LOCKSTEP_WHO: identity.who,
          LOCKSTEP_SINCE: identity.since,
          LOCKSTEP_LOCK: work.sites[0]?.keeper.settings.lockPath ?? '/',
          LOCKSTEP_TO: isRelocating ? (collection?.isAbsolute === false ? (view.login ?? '.') : '/') : '',
        },
        isPlain: true,
      };
    }
  }
}

async function runTools(work: Work, tool: Tool, partsFor: (site: Site) => CommandParts): Promise<void> {
  const { sites, emit, held, options, outcomes } = work;
  held.check();
  void emit({ type: 'phase', phase: 'exec', nodes: sites.length });
  const siteOf = new Map(sites.map((site) => [site.node.id, site]));
  const session = new ProtocolSession({
    nodes: sites.map(({ node }) => node),
    prefix: formatPrefix(randomBytes(16)),
    barrierTimeoutMs: options.barrierTimeoutMs,
    rollbackGraceMs: options.rollbackGraceMs,
    emit,
    endTools: (nodes) => {
      for (const node of nodes) siteOf.get(node.id)?.keeper.endWorkers();
    },
    startTimer: (callback, afterMs) => systemClock.after(afterMs, callback),
    defer: (callback) => void setImmediate(callback),
  });
  if (tool.kind === 'shipped') for (const { keeper } of sites) keeper.giveRecovery(RECOVER_TEXT);
  const tools = sites.map((site) => runTool(work, { site, session, parts: partsFor(site) }));
  try {
    const failures = await unlessAborted(held.signal, session.finished);
    await Promise.all(tools);
    if (failures.length > 0) throw syncError(failures, sites.length);
    for (const { node } of sites) outcomes.set(node.id, outcomes.get(node.id) ?? { kind: 'ok' });
  } finally {
    session.close();
  }
}

async function runTool(
  work: Work,
  { site, session, parts }: { site: Site; session: ProtocolSession; parts: CommandParts },
): Promise<void> {
  const { emit, outcomes } = work;
  const { node } = site;
  try {
    const channel = await startCommand(site.connection, site.keeper, 'tool', commandFor(work, node, parts), {
      onStdout: (chunk) => session.stdout(node, chunk),
      onStderr: (chunk) => emit({ type: 'output', node, stream: 'stderr', chunk }),
    });
    session.started(node, (text) => channel.write(text));
    const result = await channel.result;
    outcomes.set(node.id, outcomeOf(result));
    await session.ended(node, result);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    outcomes.set(node.id, { kind: 'lost', reason });
    await session.ended(node, { kind: 'lost', reason });
  }
  await emit({ type: 'output-end', node });
}

function syncError(failures: readonly LockstepError[], nodeCount: number): LockstepError {
  const code = failures[0]?.code ?? 'protocol-failed';
  return new LockstepError(code, `the sync failed on ${failures.length} of ${nodeCount} nodes`, {
    causes: failures,
  });
}
