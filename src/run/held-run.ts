/** What every mode works with while the lock is held. */

import type { Readable } from 'node:stream';
import type { PassOn } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import { systemErrorText } from '../core/system-error.ts';
import { openUnlinked } from '../core/unlinked-file.ts';
import type { Held } from '../lock/while-held.ts';
import type { HeldKeeper } from '../node/keeper/held-keeper.ts';
import { buildOwnCommand, buildRemoteCommand } from '../node/worker/remote-command.ts';
import type { ChannelSinks, Connection } from '../ssh/transport.ts';
import type { Collection } from '../transfer/entry.ts';
import type { FanOutOptions } from '../transfer/fan-out.ts';
import type { Run } from './begin.ts';
import type { ChannelsAhead } from './channels-ahead.ts';
import type { RunIdentity } from './start/identity.ts';
import type { Surroundings } from './surroundings.ts';

/** A node that is connected and has its keeper. */
export interface Site {
  readonly node: Node;
  readonly connection: Connection;
  readonly keeper: HeldKeeper;
}

/** A run while its lock is held. */
export interface HeldRun extends Run, WorkFiles {
  readonly identity: RunIdentity;
  readonly sites: readonly Site[];
  readonly held: Held;
  /** What is open already for the next workers. */
  readonly ahead: ChannelsAhead;
  /** The session that this run itself has joined. */
  readonly joinedPath: string | undefined;
}

/** What a run has read on this machine. */
export interface WorkFiles {
  /** For `-U` and `-S` with files: collected before connecting. */
  readonly collection: Collection | undefined;
  /** `-i`: opened before connecting. */
  readonly input: Readable | undefined;
}

/** Sinks that hand a command's bytes to the audience as they come. */
export function outputSinks(output: PassOn, node: Node, from?: 'tar'): ChannelSinks {
  const origin = from === undefined ? {} : { from };
  return {
    onStdout: (chunk) => output({ type: 'output', node, stream: 'stdout', chunk, ...origin }),
    onStderr: (chunk) => output({ type: 'output', node, stream: 'stderr', chunk, ...origin }),
  };
}

/** The facts of a run that each command needs. */
export interface CommandContext {
  readonly identity: Pick<RunIdentity, 'run'>;
  readonly here?: Pick<Surroundings, 'exports'>;
}

/** The user's command as a node's shell gets it. */
export function commandFor(
  { identity, here }: CommandContext,
  node: Node,
  { text, directory, shell, parameters = [], environment = {}, isOurs = false }: CommandParts,
): string {
  const all = { LOCKSTEP_RUN: identity.run, LOCKSTEP_NODE: node.id, ...here?.exports, ...environment };
  if (isOurs) return buildOwnCommand({ text, directory, environment: all });
  return buildRemoteCommand({ text, directory, shell, parameters, environment: all });
}

export interface CommandParts {
  readonly text: string;
  readonly directory?: string | undefined;
  /** `{}` stands for the text; undefined: bash, or sh if there is none. */
  readonly shell?: string | undefined;
  readonly parameters?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A text from `bootHere`, complete as it is: without a shell template around it, or parameters behind it. */
  readonly isOurs?: boolean;
}

/** Settings for data that goes to all nodes, to each at its own pace. */
export function fanOutSettings({
  held,
  clock,
  tell,
}: Pick<HeldRun, 'held' | 'clock' | 'tell'>): FanOutOptions {
  const onSpoolFailed = (why: unknown) => {
    const message = `the temporary file for slower nodes cannot be written, so all nodes wait for the slowest: ${systemErrorText(why)}`;
    tell({ type: 'log', level: 'warn', message });
  };
  return { signal: held.signal, spool: openUnlinked, clock, onSpoolFailed };
}

/** Passes data for nodes on piece by piece, and none once a lease is unproven. */
export async function* whileProven(held: Held, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    held.check();
    yield piece;
  }
}
