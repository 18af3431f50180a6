/** From what is wanted to the nodes that they name. */
import type { Node } from '../../core/node.ts';
import { readHostFile, readHostStream } from '../../targets/read-host-list.ts';
import { resolveTargets } from '../../targets/resolve.ts';
import type { Targets } from '../request.ts';

export async function resolveNodes({ hosts, areOnStdin, user }: Targets): Promise<Node[]> {
  const stdinText = areOnStdin ? await readHostStream(process.stdin, 'stdin') : undefined;
  return resolveTargets({ hosts, stdinText, user }, readHostFile);
}
