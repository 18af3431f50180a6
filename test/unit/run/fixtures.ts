/** What tests of a run begin with: nodes, a request with the defaults of all that is left out, and somebody who hears its events. */
import { EndedByUser, type LockstepError } from '../../../src/core/errors.ts';
import type { RunEvent, Stamped } from '../../../src/core/events.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { beginRun, type Run } from '../../../src/run/begin.ts';
import { type RunRequest, requestSchema } from '../../../src/run/request/request.ts';
import type { Surroundings } from '../../../src/run/surroundings.ts';
import { testSurroundings } from '../../surroundings.ts';

export function nodeAt(host: string, user = 'root'): Node {
  return { id: nodeId(user, host, 22), user, host, port: 22, given: host };
}

type Given = {
  readonly [Part in 'targets' | 'connect' | 'lock' | 'times' | 'show' | 'rollout' | 'work']?: object;
};

/** `-C true` where no work is given; what ssh_config of this machine says decides nothing. */
export function requestFor(given: Given = {}): RunRequest {
  const connect = { sshConfig: 'none', ...given.connect };
  return requestSchema.parse({ version: 1, work: { mode: 'command', text: 'true' }, ...given, connect });
}

/** One of each mode. */
export const WORKS = {
  command: { mode: 'command', text: 'uptime --pretty' },
  upload: { mode: 'upload', files: ['a'] },
  sync: { mode: 'sync', files: ['a'] },
  download: { mode: 'download', paths: ['/var/log'] },
  rollback: { mode: 'rollback', directory: '/srv/app' },
  releases: { mode: 'releases', directory: '/srv/app' },
  lock: { mode: 'lock' },
  'lock-status': { mode: 'lock-status' },
  'lock-break': { mode: 'lock-break', run: 'r' },
  list: { mode: 'list' },
} as const;

/** Keeps what it hears, without the stamps. */
export class Ear {
  readonly events: RunEvent[] = [];
  readonly hear = (event: RunEvent): void => {
    const { at: _at, run, ...bare } = event as Stamped;
    this.events.push(bare.type === 'begun' ? ({ ...bare, run } as RunEvent) : bare);
    if (bare.type === 'log') expectNoName(bare.message, bare.node);
    if (bare.type === 'node-failed') expectNoName(bare.error.message, bare.error.node);
  };

  /** The messages, each with its level; those of `trace` only where they are asked for. */
  logs(level?: string): string[] {
    return this.of('log').flatMap((event) =>
      level === undefined
        ? event.level === 'trace'
          ? []
          : [`${event.level}: ${event.message}`]
        : event.level === level
          ? [event.message]
          : [],
    );
  }

  of<T extends RunEvent['type']>(type: T): Extract<RunEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  }
}

/** Who shows a message names its node: the message itself does not. */
function expectNoName(message: string, node: Node | undefined): void {
  if (node !== undefined && message.includes(node.id)) throw new Error(`names its own node: ${message}`);
}

export interface HeardRun extends Run {
  readonly ear: Ear;
}

/** A run that has just begun, on these nodes. */
export function runFor(
  given: Given = {},
  nodes: readonly Node[] = [],
  here: Partial<Surroundings> = {},
): HeardRun {
  const ear = new Ear();
  const run = beginRun(requestFor(given), testSurroundings(undefined, { hear: ear.hear, ...here }));
  run.progress.nodes = nodes;
  return { ...run, ear };
}

/** The reason of a signal that a user aborts with. */
export function endedBy(name: string): LockstepError {
  return new EndedByUser('interrupted', name === 'Ctrl-C' ? 'SIGINT' : name);
}
