/** Finds the nodes that the targets of a request name. */
import type { Teller } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { Hosts } from '../../ssh/config/hosts.ts';
import type { ListedTarget } from '../../targets/host-list.ts';
import { readHostFile, readHostStream } from '../../targets/read-host-list.ts';
import { type AskedHost, type Resolved, resolveTargets } from '../../targets/resolve.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Connect, Targets } from '../request/request.ts';
import type { Surroundings } from '../surroundings.ts';
import { readGroups } from './groups.ts';
import { runTargetsProgram } from './targets-program.ts';

type Here = Pick<Surroundings, 'stdin' | 'environment' | 'signal' | 'readRun'> & Pick<Teller, 'tell'>;

/** Reads ssh_config for the hosts of a run. Rejects with LockstepError `usage` for mistakes there. */
export async function openHosts(
  { sshConfig: file, sshOptions: options, jump }: Connect,
  { environment, tell }: Pick<Here, 'environment' | 'tell'>,
): Promise<Hosts> {
  const warn = (message: string) => tell({ type: 'log', level: 'warn', message });
  return Hosts.open({ file, options, jump, environment, warn });
}

export interface Lists {
  readonly hosts: Hosts;
  /** The nodes of a session, if the targets leave some of them out. */
  readonly known?: readonly Node[];
  /** Further targets; the answer has the nodes of each. */
  readonly groups?: readonly ListedTarget[];
  /** Read all groups and labels in any case. */
  readonly needsCatalogue?: boolean | undefined;
}

/** Rejects with LockstepError `usage`. */
export async function resolveNodes(
  { hosts, areOnStdin, user, inventory, program }: Targets,
  here: Here,
  { hosts: aliases, known, groups = [], needsCatalogue = false }: Lists,
): Promise<Resolved> {
  const sources = {
    hosts,
    user,
    inventoryFile: inventory,
    stdinText: areOnStdin ? await readHostStream(here.stdin(), 'stdin') : undefined,
    programText: program === undefined ? undefined : await runTargetsProgram(program, here),
    groups,
    needsCatalogue,
    ...(known === undefined ? {} : { known }),
  };
  const files = {
    read: once(readHostFile),
    readGroups: () => readGroups(here.environment),
    readRun: here.readRun,
    lookUp: (host: AskedHost) => aliases.lookUp(host),
  };
  let resolved = await resolveTargets(sources, files);
  // ssh's answer may name another user or port, and so another node.
  if (await aliases.settle()) resolved = await resolveTargets(sources, files);
  tellOdd(resolved, here);
  return resolved;
}

/** A list may come through a pipe, which can be read only once. */
function once(read: (path: string) => Promise<string>): (path: string) => Promise<string> {
  const texts = new Map<string, Promise<string>>();
  return (path) => {
    const text = texts.get(path) ?? read(path);
    texts.set(path, text);
    return text;
  };
}

function tellOdd({ again, idle }: Resolved, { tell }: Here): void {
  for (const { text, source } of idle)
    tell({ type: 'log', level: 'warn', message: `${source}: ${quoteInput(text)} leaves out nothing` });
  if (again.length === 0) return;
  const names = listNodes(again, { namesMax: LIMITS.reportNamesMax });
  tell({ type: 'log', level: 'debug', message: `named more than once, and taken once: ${names}` });
}
