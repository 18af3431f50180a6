/** From the options to the nodes that they name. */
import type { Options } from '../../cli/options.ts';
import type { Node } from '../../core/node.ts';
import { readHostFile, readHostStream } from '../../targets/read-host-list.ts';
import { resolveTargets } from '../../targets/resolve.ts';

export async function resolveNodes(options: Options): Promise<Node[]> {
  const stdinText = options.readStdin ? await readHostStream(process.stdin, 'stdin') : undefined;
  return resolveTargets({ hosts: options.hosts, stdinText, user: options.user }, readHostFile);
}
