/** One command in a session: the holder runs it on its connections, and here is only what the user sees of it. */

import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import { atMost } from '../../core/waiting.ts';
import type { GoResult } from '../../node/keeper/running-command.ts';
import { SessionChannel } from '../../session/channel.ts';
import type { SessionLink } from '../../session/join.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';
import type { Run } from '../begin.ts';
import { failureOf } from '../command/command-end.ts';
import { watchCommands } from '../command/command-watch.ts';
import { type GoSite, goAll } from '../command/go.ts';
import { hearingMs, tellCut } from '../command/late-output.ts';
import type { WorkOf } from '../request.ts';
import { tellEnding } from '../start/ending.ts';
import { unlessAborted } from '../work.ts';

/** Rejects with the first cause; how each node ended is in the run's outcomes. */
export async function runCall(run: Run, asked: WorkOf<'command'>, link: SessionLink): Promise<void> {
  const { request, emit, outcomes, signal, clock } = run;
  const { nodes } = run.progress;
  const { killGraceMs } = request.times;
  const { welcome } = link;
  const numbers = new Map(welcome.nodes.map((node, number) => [node.id, number]));
  const channels = new Map<Node, SessionChannel>();
  const started = new Map<Node, number>();
  const go = async (node: Node, command: string, sinks: ChannelSinks): Promise<GoResult> => {
    const go = { node: numbers.get(node.id) ?? -1, sudo: request.connect.asRoot, command };
    const channel = new SessionChannel(link, 'go', { node, request: go, sinks });
    channels.set(node, channel);
    channel.opened.then(() => started.set(node, clock.monotonicMs())).catch(() => {});
    const result = await channel.ended;
    if (result.kind === 'code') return { ...result, isClean: false };
    return { kind: 'lost', reason: result.kind === 'lost' ? result.reason : result.signal };
  };
  const sites = nodes.map(
    (node): GoSite => ({
      node,
      keeper: {
        go: (command, sinks) => go(node, command, sinks),
        begun: () => channels.get(node)?.opened,
        endWorkers: () => channels.get(node)?.stop(),
      },
    }),
  );
  const watch = watchCommands(asked, { clock, emit, killGraceMs });
  const identity = { run: welcome.call };
  signal.throwIfAborted();
  run.progress.hasWorkBegun = true;
  void emit({ type: 'begun', run: welcome.call, who: welcome.who });
  void emit({ type: 'phase', phase: 'exec', nodes: nodes.length });
  const endTelling = tellEnding(signal, {
    request,
    emit,
    nodes: () => [...channels].map(([node, { result }]) => ({ node, gone: result })),
    atWork: () => channels.size,
    isSwitching: () => false,
  });
  try {
    await unlessAborted(
      signal,
      goAll({ identity, sites, emit, outcomes, watch }, () => asked),
    );
    // What the commands have left in the background is heard as it is outside of a session.
    const hear = async ([node, channel]: [Node, SessionChannel]) => {
      const left = { outcome: outcomes.get(node.id), startedMs: started.get(node) };
      const timeoutMs = hearingMs(asked, { ...left, nowMs: clock.monotonicMs() });
      if (timeoutMs === undefined) return void (await channel.result);
      if (await isOverWithin(channel, { clock, timeoutMs })) return;
      await endAll([channel], { clock, killGraceMs });
      await tellCut(asked, node, { outcomes, emit });
    };
    await unlessAborted(signal, Promise.all([...channels].map(hear)));
  } catch (thrown) {
    await endAll([...channels.values()], { clock, killGraceMs });
    throw thrown;
  } finally {
    endTelling();
    watch.close();
  }
  const failure = failureOf(outcomes.values());
  if (failure !== undefined) throw failure;
}

async function isOverWithin(
  channel: SessionChannel,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<boolean> {
  let isOver = false;
  const over = channel.result.then(() => {
    isOver = true;
  });
  await atMost(over, { clock, timeoutMs: Math.max(timeoutMs, LIMITS.closeGraceMs) });
  return isOver;
}

/** Resolves when the holder says that the commands are gone, or when they have had their time. */
async function endAll(
  channels: readonly SessionChannel[],
  { clock, killGraceMs }: { clock: Clock; killGraceMs: number },
): Promise<void> {
  for (const channel of channels) channel.stop();
  const ended = Promise.all(channels.map(({ result }) => result));
  await atMost(ended, { clock, timeoutMs: LIMITS.releaseTimeoutMs + killGraceMs });
}
