/** From what is wanted to the nodes that are named by it. */
import type { Teller } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import { readHostFile, readHostStream } from '../../targets/read-host-list.ts';
import { type Resolved, resolveTargets } from '../../targets/resolve.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Targets } from '../request.ts';
import type { Surroundings } from '../surroundings.ts';
import { readGroups } from './groups.ts';
import { runTargetsProgram } from './targets-program.ts';

type Here = Pick<Surroundings, 'stdin' | 'environment' | 'signal'> & Pick<Teller, 'tell'>;

/** `known`: the nodes of a session, where some are left out of them. Rejects with LockstepError `usage`. */
export async function resolveNodes(
  { hosts, areOnStdin, user, inventory, program }: Targets,
  here: Here,
  known?: readonly Node[],
): Promise<readonly Node[]> {
  const sources = {
    hosts,
    user,
    inventoryFile: inventory,
    stdinText: areOnStdin ? await readHostStream(here.stdin(), 'stdin') : undefined,
    programText: program === undefined ? undefined : await runTargetsProgram(program, here),
    ...(known === undefined ? {} : { known }),
  };
  const files = { read: readHostFile, readGroups: () => readGroups(here.environment) };
  const resolved = await resolveTargets(sources, files);
  tellOdd(resolved, here);
  return resolved.nodes;
}

function tellOdd({ again, idle }: Resolved, { tell }: Here): void {
  for (const { text, source } of idle)
    tell({ type: 'log', level: 'warn', message: `${source}: ${quoteInput(text)} leaves out nothing` });
  if (again.length === 0) return;
  const names = listNodes(again, { namesMax: LIMITS.reportNamesMax });
  tell({ type: 'log', level: 'debug', message: `named more than once, and taken once: ${names}` });
}
