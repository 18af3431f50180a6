/** Finds the nodes that need the ssh of this machine, as far as their configuration shows. */
import { LockstepError } from '../../../core/errors.ts';
import type { Tell } from '../../../core/events.ts';
import { type Node, sshName } from '../../../core/node.ts';
import { homeDirectory } from '../../../core/surroundings.ts';
import { type Circumstances, neededFor, withoutEffect } from '../../../ssh/choose.ts';
import type { HostConfig } from '../../../ssh/config/host-config.ts';
import { hasTicket } from '../../../ssh/kerberos.ts';
import { TokenKeys } from '../../../ssh/token-keys.ts';
import { foldNames } from '../../../text/fold-names.ts';
import type { RunRequest } from '../../request/request.ts';
import { logsInByPassword } from '../../request/work.ts';
import type { TransportFacts } from '../../surroundings.ts';
import { addressOf } from './accepted-keys.ts';

type Facts = Pick<TransportFacts, 'nodes' | 'routes' | 'environment' | 'tell'>;

/** Returns these nodes with their reasons, and tells them. Rejects with `usage` if the user wants a password, which ssh would not take. */
export async function nodesByOpenssh(
  { connect }: Pick<RunRequest, 'connect'>,
  { nodes, routes, environment, tell }: Facts,
): Promise<ReadonlyMap<Node, string>> {
  if (connect.transport !== 'auto') {
    const all = connect.transport === 'openssh' ? nodes : [];
    return new Map(all.map((node) => [node, '--transport openssh']));
  }
  const isByPassword = logsInByPassword(connect);
  const circumstances = { hasTicket: hasTicket(environment), isByPassword };
  const tokens = new TokenKeys({
    key: connect.keyFile,
    homeDirectory: homeDirectory(),
    agentSocket: environment.SSH_AUTH_SOCK,
  });
  const found = new Map<Node, string>();
  for (const node of nodes) {
    const reason =
      reasonOf(node, routes, circumstances) ??
      (isByPassword ? undefined : await tokenReason(tokens, routes.configOf(node)));
    if (reason !== undefined) found.set(node, reason);
  }
  const [first] = found;
  if (isByPassword && first !== undefined) throw passwordRefused(...first);
  tellByReason(found, tell);
  tellWithoutEffect(nodes, routes, tell);
  return found;
}

/** The transport of a node also logs in to its jump hosts, and never with a password. */
function reasonOf(node: Node, routes: Facts['routes'], circumstances: Circumstances): string | undefined {
  const keyword = neededFor(routes.configOf(node), circumstances);
  if (keyword !== undefined) return `ssh_config says ${keyword}`;
  for (const hop of routes.hopsOf(node)) {
    const needed = neededFor(routes.configOf(hop), { ...circumstances, isByPassword: false });
    if (needed !== undefined) return `ssh_config says ${needed} for the jump host ${sshName(hop)}`;
  }
  return undefined;
}

async function tokenReason(tokens: TokenKeys, config: HostConfig): Promise<string | undefined> {
  const path = await tokens.onlyOne(config);
  return path === undefined ? undefined : `the key ${path} lives in a security token`;
}

/** Tells one line a reason, which `-v` shows. */
export function tellByReason(reasons: ReadonlyMap<Node, string>, tell: Tell): void {
  const byReason = new Map<string, string[]>();
  for (const [node, reason] of reasons)
    byReason.set(reason, [...(byReason.get(reason) ?? []), addressOf(node)]);
  for (const [reason, names] of byReason) {
    const message = `by the ssh of this machine, since ${reason}: ${foldNames(names)}`;
    tell({ type: 'log', level: 'debug', message });
  }
}

function tellWithoutEffect(nodes: readonly Node[], routes: Facts['routes'], tell: Tell): void {
  const keywords = new Set(nodes.flatMap((node) => withoutEffect(routes.configOf(node))));
  if (keywords.size === 0) return;
  const message = `ssh_config: without effect here: ${[...keywords].join(', ')}`;
  tell({ type: 'log', level: 'debug', message });
}

function passwordRefused(node: Node, reason: string): LockstepError {
  return new LockstepError(
    'usage',
    `-p does not go with ${node.id}, which needs the ssh of this machine: ${reason}`,
    {
      hint: 'that takes no password: log in with a key, or give --transport ssh2',
    },
  );
}
