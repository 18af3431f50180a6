/** The sync tools of a run: starts them on every node, keeps them in step by the protocol, and ends them together. */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { unlessAborted } from '../../core/waiting.ts';
import type { Held } from '../../lock/while-held.ts';
import { RECOVER_TEXT } from '../../node/texts.ts';
import { startCommand } from '../../node/worker/worker.ts';
import { ToolConversation } from '../../protocol/conversation.ts';
import { formatPrefix } from '../../protocol/messages.ts';
import type { Channel } from '../../ssh/transport.ts';
import { outcomeOf } from '../command/command-end.ts';
import type { CommandSite } from '../command/commands-at-work.ts';
import { CommandRun } from '../command/run-commands.ts';
import type { tellEnd } from '../command/tell-end.ts';
import { type CommandParts, commandFor, type HeldRun, type Site } from '../held-run.ts';
import type { Tool } from './sync-plan.ts';

export interface ToolPlan {
  readonly tool: Tool;
  /** The tool itself puts the uploaded files in place. */
  readonly isRelocating: boolean;
}

/** Resolves when every tool has ended well; rejects with the first failure, the others among its causes. */
export async function runTools(
  work: HeldRun,
  { tool, isRelocating }: ToolPlan,
  partsFor: (site: Site) => CommandParts,
): Promise<void> {
  const { sites, clock, tell, output, held } = work;
  const { barrierTimeoutMs, rollbackGraceMs, killGraceMs } = work.request.times;
  held.check();
  tell({ type: 'phase', phase: 'exec', nodes: sites.length });
  const conversation = new ToolConversation({
    nodes: sites.map(({ node }) => node),
    prefix: formatPrefix(work.here.randomBytes(16)),
    barrierTimeoutMs,
    rollbackGraceMs,
    tell,
    output,
    onSync: watchSyncs(work, isRelocating),
    endTools: (nodes) => tools.end(nodes),
    startTimer: (callback, afterMs) => clock.after(afterMs, callback),
    defer: (callback) => clock.afterPendingInput(() => isProven(held) && callback()),
  });
  if (tool.kind === 'shipped') {
    held.beginCommit();
    for (const { keeper } of sites) keeper.giveRecovery(RECOVER_TEXT);
  }
  const tools = new CommandRun(
    sites.map((site) => siteOfTool(work, site, { conversation, partsFor })),
    {
      ...work,
      limits: { isFailFast: false },
      killGraceMs,
      endedMs: LIMITS.endedToolMs,
      tellEnd: tellToolEnd,
    },
  );
  try {
    await unlessAborted(held.signal, tools.finished);
    const failures = await conversation.finished;
    if (failures.length > 0) throw syncError(work, { tool, conversation, failures });
  } finally {
    tools.close();
    conversation.close();
  }
}

/** Tells how far each tool is; for the shipped one also what its words say of the files. */
function watchSyncs(
  { sites, files, tell }: HeldRun,
  isRelocating: boolean,
): (node: Node, description: string) => void {
  const staged = new Set<string>();
  return (node, description) => {
    tell({ type: 'node-step', node });
    if (!isRelocating) return;
    if (description === 'undone') files.set(node, 'old');
    if (description !== 'staged' || staged.has(node.id)) return;
    staged.add(node.id);
    // None switches before all have said so.
    if (staged.size === sites.length) files.beginSwitch(sites.map((site) => site.node));
  };
}

/** Once a lease is unproven nothing goes to any tool: the run is over, and `held.signal` says why. */
function isProven(held: Held): boolean {
  try {
    held.check();
    return true;
  } catch {
    return false;
  }
}

interface ToolStart {
  readonly conversation: ToolConversation;
  readonly partsFor: (site: Site) => CommandParts;
}

function siteOfTool(work: HeldRun, site: Site, { conversation, partsFor }: ToolStart): CommandSite {
  const { output, files, held } = work;
  const { node } = site;
  const sinks = {
    onStdout: (chunk: Buffer) => conversation.stdout(node, chunk),
    onStderr: (chunk: Buffer) => output({ type: 'output', node, stream: 'stderr', chunk }),
  };
  let channel: Channel | undefined;
  const run = async (): Promise<ChannelResult> => {
    const command = commandFor(work, node, partsFor(site));
    const opened = await startCommand(held, site, { job: 'tool', command }, sinks);
    channel = opened;
    conversation.started(node, (text) => opened.write(text));
    return opened.result;
  };
  const result = async () => {
    const end = await run().catch((thrown: unknown): ChannelResult => {
      return { kind: 'lost', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    });
    // A tool that had switched has made that final.
    if (outcomeOf(end).kind === 'ok') files.settle(node, 'new');
    await conversation.ended(node, end);
    return end;
  };
  const start = () => ({
    result: result(),
    end: () => site.keeper.endWorkers(),
    // The conversation hears that a given-up tool has ended only when its channel closes.
    close: () => channel?.close(),
  });
  return { node, start };
}

/** By then the conversation has told whether the tool failed, and why. */
const tellToolEnd: typeof tellEnd = ({ outcomes, tell }, node, outcome) => {
  tell({ type: 'output-end', node });
  outcomes.settle(node, outcome, outcome.kind === 'ok' ? 'exec' : undefined);
};

interface ToolsEnd {
  readonly tool: Tool;
  readonly conversation: ToolConversation;
  readonly failures: readonly LockstepError[];
}

/** The tools that failed by themselves. The others are only marked as having followed them. */
function syncError({ sites, outcomes }: HeldRun, { tool, conversation, failures }: ToolsEnd): LockstepError {
  const isFollower = ({ node }: LockstepError) => node !== undefined && conversation.isFollower(node);
  const hasCulprit = !failures.every(isFollower);
  const culprits = failures.filter((failure) => !hasCulprit || !isFollower(failure));
  for (const failure of failures) {
    const outcome = failure.node && outcomes.get(failure.node);
    if (failure.node === undefined || outcome?.kind !== 'exit' || culprits.includes(failure)) continue;
    outcomes.settle(failure.node, { ...outcome, follows: true });
  }
  const where = `${culprits.length} of ${sites.length} nodes`;
  const what = tool.kind === 'command' ? 'the command' : 'sync';
  return new LockstepError(failures[0]?.code ?? 'protocol-failed', `failed to run sync command on ${where}`, {
    causes: culprits,
    brief: { text: `${what} failed on ${where}`, causes: culprits },
  });
}
