/** The sync tools of a run: started on every node, kept in step by the protocol, ended together. */
import { randomBytes } from 'node:crypto';
import { LockstepError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Held } from '../../lock/while-held.ts';
import { RECOVER_TEXT } from '../../node/files/relocation.ts';
import { startCommand } from '../../node/worker/worker.ts';
import { formatPrefix } from '../../protocol/messages.ts';
import { ProtocolSession } from '../../protocol/session.ts';
import type { Channel } from '../../ssh/transport.ts';
import { outcomeOf } from '../command/command-end.ts';
import { type CommandParts, commandFor, type Site, unlessAborted, type Work } from '../work.ts';
import type { Tool } from './sync-plan.ts';

/** Resolves when every tool has ended well; rejects with the first failure, the others among its causes. */
export async function runTools(
  work: Work,
  tool: Tool,
  partsFor: (site: Site) => CommandParts,
): Promise<void> {
  const { sites, clock, emit, held, options, outcomes } = work;
  held.check();
  void emit({ type: 'phase', phase: 'exec', nodes: sites.length });
  const siteOf = new Map(sites.map((site) => [site.node.id, site]));
  const channels = new Map<string, Channel>();
  const timers: (() => void)[] = [];
  const session = new ProtocolSession({
    nodes: sites.map(({ node }) => node),
    prefix: formatPrefix(randomBytes(16)),
    barrierTimeoutMs: options.barrierTimeoutMs,
    rollbackGraceMs: options.rollbackGraceMs,
    emit,
    endTools: (nodes) => {
      for (const node of nodes) siteOf.get(node.id)?.keeper.endWorkers();
      const giveUp = () => {
        for (const node of nodes) channels.get(node.id)?.close();
      };
      timers.push(clock.after(options.killGraceMs + LIMITS.endedToolMs, giveUp));
    },
    startTimer: (callback, afterMs) => clock.after(afterMs, callback),
    defer: (callback) => clock.afterPendingInput(() => isProven(held) && callback()),
  });
  if (tool.kind === 'shipped') {
    held.beginCommit();
    for (const { keeper } of sites) keeper.giveRecovery(RECOVER_TEXT);
  }
  const tools = sites.map((site) => runTool(work, { site, session, channels, parts: partsFor(site) }));
  try {
    const failures = await unlessAborted(held.signal, session.finished);
    await Promise.all(tools);
    if (failures.length > 0) throw syncError(failures, sites.length);
    for (const { node } of sites) outcomes.set(node.id, outcomes.get(node.id) ?? { kind: 'ok' });
  } finally {
    session.close();
    for (const cancel of timers) cancel();
  }
}

/** No tool is told anything once a lease is unproven: the run is over, and `held.signal` says why. */
function isProven(held: Held): boolean {
  try {
    held.check();
    return true;
  } catch {
    return false;
  }
}

interface ToolStart {
  readonly site: Site;
  readonly session: ProtocolSession;
  /** The channels of tools that run, by node. */
  readonly channels: Map<string, Channel>;
  readonly parts: CommandParts;
}

async function runTool(work: Work, { site, session, channels, parts }: ToolStart): Promise<void> {
  const { emit, outcomes } = work;
  const { node } = site;
  try {
    const channel = await startCommand(site.connection, site.keeper, 'tool', commandFor(work, node, parts), {
      onStdout: (chunk) => session.stdout(node, chunk),
      onStderr: (chunk) => emit({ type: 'output', node, stream: 'stderr', chunk }),
    });
    channels.set(node.id, channel);
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
  return new LockstepError(code, `failed to run sync command on ${failures.length} of ${nodeCount} nodes`, {
    causes: failures,
  });
}
