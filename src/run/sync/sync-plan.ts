/** Decides, for a sync, where the files go and what runs then (pure). The table of these decisions stands in docs/sync.md. */
import { LockstepError } from '../../core/errors.ts';

export interface SyncRequest {
  readonly hasFiles: boolean;
  /** The files keep their own absolute paths (else `-e`). */
  readonly isAbsolute: boolean;
  /** `-r`. */
  readonly root: string | undefined;
  /** `-n`. */
  readonly command: string | undefined;
  readonly keepStaged: boolean;
}

export type Destination = 'none' | 'root' | 'own-paths' | 'run-directory';

/** Where uploaded files go; they stay in the run directory where a tool is to relocate them. */
export function destinationOf({ hasFiles, isAbsolute, root, command, keepStaged }: SyncRequest): Destination {
  if (!hasFiles) return 'none';
  if (root !== undefined) return 'root';
  if (command === undefined || !isAbsolute || keepStaged) return 'run-directory';
  return 'own-paths';
}

export type Tool =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'installed'; readonly path: string }
  | { readonly kind: 'shipped' };

/**
 * One tool for the whole run: all nodes have it, or none does and the shipped one is sent along.
 * `toolPaths`: what each node has, by its id. Throws `protocol-failed`, with the nodes named, where they differ.
 */
export function chooseTool(
  command: string | undefined,
  toolPaths: ReadonlyMap<string, string | undefined>,
): Tool {
  if (command !== undefined) return { kind: 'command', text: command };
  const byPath = new Map<string | undefined, string[]>();
  for (const [id, path] of toolPaths) byPath.set(path, [...(byPath.get(path) ?? []), id]);
  const [only, ...others] = byPath.keys();
  if (others.length === 0)
    return only === undefined ? { kind: 'shipped' } : { kind: 'installed', path: only };
  const causes = [...byPath].map(([path, nodes]) => {
    return new LockstepError('protocol-failed', `${path ?? 'no sync tool'} on ${nodes.join(', ')}`);
  });
  throw new LockstepError('protocol-failed', 'the nodes have different sync tools', {
    causes,
    hint: 'install the same tool everywhere, or name one with -n',
  });
}
