/** Decides, for a sync, where the files go and what runs then (pure). docs/sync.md has the table of these decisions. */
import { LockstepError } from '../../core/errors.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { WorkOf } from '../request/request.ts';

export type Destination = 'none' | 'root' | 'own-paths' | 'run-directory';

/** Where uploaded files go; they stay in the run directory if a tool must relocate them. */
export function destinationOf(
  { directory, command, staysStaged }: Pick<WorkOf<'sync'>, 'directory' | 'command' | 'staysStaged'>,
  collection: Pick<Collection, 'isAbsolute'> | undefined,
): Destination {
  if (collection === undefined) return 'none';
  if (directory !== undefined) return 'root';
  if (command === undefined || !collection.isAbsolute || staysStaged) return 'run-directory';
  return 'own-paths';
}

export type Tool =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'installed'; readonly path: string }
  | { readonly kind: 'shipped' };

/**
 * One tool for the whole run: all nodes have it, or none does and the run sends the shipped one along.
 * `toolPaths`: what each node has, by its id. Throws `protocol-failed`, with the nodes' names, if they differ, and
 * `usage` if the shipped one would be a plain command (`-m`): it waits for the others at each step.
 */
export function chooseTool(
  { command, isPlain }: { readonly command?: string | undefined; readonly isPlain: boolean },
  toolPaths: ReadonlyMap<string, string | undefined>,
): Tool {
  if (command !== undefined) return { kind: 'command', text: command };
  const byPath = new Map<string | undefined, string[]>();
  for (const [id, path] of toolPaths) byPath.set(path, [...(byPath.get(path) ?? []), id]);
  const [only, ...others] = byPath.keys();
  if (others.length === 0) {
    if (only !== undefined) return { kind: 'installed', path: only };
    if (isPlain) throw plainRefusal();
    return { kind: 'shipped' };
  }
  const causes = [...byPath].map(([path, nodes]) => {
    return new LockstepError('protocol-failed', `${path ?? 'no sync tool'} on ${nodes.join(', ')}`);
  });
  throw new LockstepError('protocol-failed', 'the nodes have different sync tools', {
    causes,
    hint: 'install the same tool everywhere, or name one with -n',
  });
}

function plainRefusal(): LockstepError {
  const message =
    '-m runs the sync tool as a plain command, and the nodes have none: the tool of lockstep works in step over all nodes';
  return new LockstepError('protocol-failed', message, {
    hint: 'leave out -m, or name a command with -n; -U puts files in place and runs none',
  });
}
