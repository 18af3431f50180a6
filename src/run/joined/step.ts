/** A command in a session: its holder runs it, in an idle keeper or a new one. Calls and jobs start theirs here. */
import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import { atMost } from '../../core/waiting.ts';
import { SessionChannel } from '../../session/channel.ts';
import type { SessionLink } from '../../session/join.ts';
import type { ChannelSinks } from '../../ssh/transport.ts';
import { type CommandParts, commandFor } from '../held-run.ts';

/** The command, without stdin. */
export interface StepParts extends CommandParts {
  /** Told to the command as LOCKSTEP_RUN. */
  readonly run: string;
  readonly asRoot: boolean;
}

/** A node, and its place in the welcome of the session. */
export interface StepPlace {
  readonly node: Node;
  readonly number: number;
}

export function startStep(
  link: SessionLink,
  { node, number }: StepPlace,
  { run, asRoot, ...parts }: StepParts,
  sinks: ChannelSinks,
): SessionChannel {
  const command = commandFor({ identity: { run } }, node, parts);
  return new SessionChannel(link, 'go', { node, request: { node: number, sudo: asRoot, command }, sinks });
}

/** How the command itself ended; for a signal a session has the node's own words. */
export async function endOf(channel: SessionChannel): Promise<ChannelResult> {
  const result = await channel.ended;
  return result.kind === 'signal' ? { kind: 'lost', reason: result.signal } : result;
}

/** Resolves when the holder says that the commands are gone, or their time is over. */
export async function endAll(
  channels: readonly SessionChannel[],
  { clock, killGraceMs }: { readonly clock: Clock; readonly killGraceMs: number },
): Promise<void> {
  for (const channel of channels) channel.stop();
  const ended = Promise.all(channels.map(({ result }) => result));
  await atMost(ended, { clock, timeoutMs: LIMITS.releaseTimeoutMs + killGraceMs });
}
