/** From what is wanted to the nodes that they name. */
import type { Node } from '../../core/node.ts';
import { readHostFile, readHostStream } from '../../targets/read-host-list.ts';
import { resolveTargets } from '../../targets/resolve.ts';
import type { Targets } from '../request.ts';
import type { Surroundings } from '../surroundings.ts';

export async function resolveNodes(
  { hosts, areOnStdin, user }: Targets,
  here: Pick<Surroundings, 'stdin'>,
): Promise<Node[]> {
  const stdinText = areOnStdin ? await readHostStream(here.stdin(), 'stdin') : undefined;
  return resolveTargets({ hosts, stdinText, user }, readHostFile);
}
