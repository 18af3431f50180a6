/** What every mode works with while the lock is held. */
import type { Outcome } from '../core/outcome.ts';

export { unlessAborted } from '../core/waiting.ts';

import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { Emit } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import type { Held } from '../lock/while-held.ts';
import type { Keeper } from '../node/keeper/keeper.ts';
import { buildOwnCommand, buildRemoteCommand } from '../node/worker/remote-command.ts';
import type { ChannelSinks, Connection } from '../ssh/transport.ts';
import type { Collection } from '../transfer/entry.ts';
import type { FileStates } from './report/file-states.ts';
import type { RunRequest } from './request.ts';
import type { RunIdentity } from './start/identity.ts';

/** A node that is connected and has its keeper. */
export interface Site {
  readonly node: Node;
  readonly connection: Connection;
  readonly keeper: Keeper;
}

export interface Work {
  readonly request: RunRequest;
  readonly identity: RunIdentity;
  readonly clock: Clock;
  readonly sites: readonly Site[];
  readonly held: Held;
  readonly emit: Emit;
  /** How each node ended, as far as it is known; main reports them. */
  readonly outcomes: Map<string, Outcome>;
  /** What is known of the destinations. */
  readonly files: FileStates;
  /** For `-U` and `-S` with files: collected before connecting. */
  readonly collection: Collection | undefined;
  /** `-i`: opened before connecting. */
  readonly input: Readable | undefined;
}

/** Sinks that hand a command's bytes to the audience as they come. */
export function outputSinks(emit: Emit, node: Node, from?: 'tar'): ChannelSinks {
  const origin = from === undefined ? {} : { from };
  return {
    onStdout: (chunk) => emit({ type: 'output', node, stream: 'stdout', chunk, ...origin }),
    onStderr: (chunk) => emit({ type: 'output', node, stream: 'stderr', chunk, ...origin }),
  };
}

/** What each command is made with. */
export interface CommandContext {
  readonly identity: Pick<RunIdentity, 'run'>;
}

/** The user's command as a node's shell gets it. */
export function commandFor(
  { identity }: CommandContext,
  node: Node,
  { text, directory, shell, parameters = [], environment = {}, isOurs = false }: CommandParts,
): string {
  const all = { LOCKSTEP_RUN: identity.run, LOCKSTEP_NODE: node.id, ...environment };
  if (isOurs) return buildOwnCommand({ text, directory, environment: all });
  return buildRemoteCommand({ text, directory, shell, parameters, environment: all });
}

export interface CommandParts {
  readonly text: string;
  readonly directory?: string | undefined;
  /** `{}` stands for the text; undefined: bash, or sh where there is none. */
  readonly shell?: string | undefined;
  readonly parameters?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A text of `bootHere`, complete as it stands: no shell template around it, no parameters behind it. */
  readonly isOurs?: boolean;
}

/** What nodes are to be sent, a piece at a time: none is handed on once a lease is unproven. */
export async function* whileProven(held: Held, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    held.check();
    yield piece;
  }
}
