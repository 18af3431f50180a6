/** Finds the way to each node, for a run that connects to none. */
import type { Node } from '../../core/node.ts';
import type { Way } from '../../core/way.ts';
import { Routes } from '../../ssh/config/routes.ts';
import type { Run } from '../begin.ts';
import { openHosts, resolveNodes } from './resolve.ts';
import { nodesByOpenssh } from './transport/transports.ts';

/** Settles no outcome, since the run does nothing on these nodes. Rejects with LockstepError `usage`. */
export async function findWays(run: Run): Promise<readonly Way[]> {
  const { request, here } = run;
  const hosts = await openHosts(request.connect, here);
  const { nodes } = await resolveNodes(request.targets, here, { hosts });
  const routes = await Routes.open(hosts, nodes);
  const byOpenssh = await nodesByOpenssh(request, { ...here, nodes, routes });
  return nodes.map((node) => {
    const { hostName, proxyCommand } = routes.configOf(node);
    return {
      node,
      address: hostName === node.host.toLowerCase() ? undefined : hostName,
      jumps: routes.hopsOf(node),
      isByCommand: proxyCommand !== undefined,
      transport: byOpenssh.has(node) ? 'openssh' : 'ssh2',
    };
  });
}

/** The nodes of a session are connected already. */
export function waysOfSession(nodes: readonly Node[]): readonly Way[] {
  return nodes.map((node) => ({
    node,
    address: node.address,
    jumps: [],
    isByCommand: false,
    transport: 'session',
  }));
}
