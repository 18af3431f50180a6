/**
 * From what the user wrote to the nodes of the run: stdin's targets first, then those of `-o` in order,
 * a host file's lines in its place; each node once. Nothing is connected here.
 */
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { type Node, nodeId } from '../core/node.ts';
import { accountName } from '../core/surroundings.ts';
import { type ListedTarget, parseHostList } from './host-list.ts';
import { parseTarget, parseUser } from './parse-target.ts';

export interface TargetSources {
  /** `-o` values in order. */
  readonly hosts: readonly string[];
  /** `-s`: everything that stdin held; undefined without `-s`. */
  readonly stdinText: string | undefined;
  /** `-u`: for targets without a user; undefined: the local account's name. */
  readonly user: string | undefined;
}

/** Gives a host file's text, or throws LockstepError `usage`; in production `readHostFile`. */
export type ReadHostFile = (path: string) => Promise<string>;

const SSH_PORT = 22;

/**
 * At least one node, unique by user, host and port, the first one wins.
 * Throws LockstepError `usage` with file and line for anything that is not a target.
 */
export async function resolveTargets(sources: TargetSources, readFile: ReadHostFile): Promise<Node[]> {
  const listed = await listTargets(sources, readFile);
  const defaultUser = defaultUserOf(sources);
  const nodes = new Map<string, Node>();
  for (const target of listed) {
    const node = toNode(target, defaultUser);
    const key = identity(node);
    if (!nodes.has(key)) nodes.set(key, node);
    if (nodes.size > LIMITS.nodesMax) {
      throw new LockstepError('usage', `more than ${LIMITS.nodesMax} targets`, { hint: 'split the run' });
    }
  }
  if (nodes.size === 0) {
    throw new LockstepError('usage', 'no targets: the host lists are empty', {
      hint: 'a host list has one [user@]host[:port] a line',
    });
  }
  return [...nodes.values()];
}

async function listTargets(sources: TargetSources, readFile: ReadHostFile): Promise<ListedTarget[]> {
  const lists = [sources.stdinText === undefined ? [] : parseHostList(sources.stdinText, 'stdin')];
  for (const host of sources.hosts) {
    lists.push(isHostFile(host) ? parseHostList(await readFile(host), host) : [{ text: host, source: '-o' }]);
  }
  return lists.flat();
}

/** A host name holds no slash, so that `../hosts` can only be a file, too. */
function isHostFile(host: string): boolean {
  return /^(?:\/|\.\/|\.\.\/)/.test(host);
}

/** Looked up only when a target needs it: an account without a name can still use `user@host`. */
function defaultUserOf(sources: TargetSources): () => string {
  let user = sources.user === undefined ? undefined : parseUser(sources.user, '-u');
  return () => {
    user ??= parseUser(localUser(), 'the local account');
    return user;
  };
}

function localUser(): string {
  const name = accountName();
  if (name !== undefined) return name;
  throw new LockstepError('usage', 'the local account has no name to log in with', {
    hint: 'give the user with -u, or write user@host',
  });
}

/** The one place where a target becomes a node: what ssh_config says about a host is looked up here. */
function toNode({ text, source }: ListedTarget, defaultUser: () => string): Node {
  const target = parseTarget(text, source);
  const user = target.user ?? defaultUser();
  const port = target.port ?? SSH_PORT;
  return { id: nodeId(user, target.host, port), user, host: target.host, port, given: text };
}

/** Host names know no case: `Web1` and `web1` would wait for each other's lock. */
function identity(node: Node): string {
  return nodeId(node.user, node.host.toLowerCase(), node.port);
}
