/** Opens the transport of a run: ssh2, the ssh of this machine, or the fitting one for each node. It loads only what it needs. */
import type { Node } from '../../../core/node.ts';
import { createAutoTransport } from '../../../ssh/auto.ts';
import type { RunRequest } from '../../request/request.ts';
import { logsInByPassword } from '../../request/work.ts';
import type { Opened, TransportFacts } from '../../surroundings.ts';
import { nodesByOpenssh, tellByReason } from './transports.ts';

/** Rejects for mistakes that show before any connection. */
export async function openTransport(request: RunRequest, facts: TransportFacts): Promise<Opened> {
  const reasons = await nodesByOpenssh(request, facts);
  const others = facts.nodes.filter((node) => !reasons.has(node));
  const byOpenssh = once(async () =>
    (await import('./open-openssh.ts')).openOpenssh(request, { ...facts, nodes: [...reasons.keys()] }),
  );
  if (reasons.size > 0) await byOpenssh();
  if (others.length === 0) return byOpenssh();
  const ssh2 = await (await import('./open-ssh2.ts')).openSsh2(request, { ...facts, nodes: others });
  if (request.connect.transport === 'ssh2') return ssh2;
  const lacks = new Map<Node, string>();
  const transport = createAutoTransport({
    ssh2: ssh2.transport,
    openssh: async () => (await byOpenssh()).transport,
    needsOpenssh: (node) => reasons.has(node),
    isByPassword: logsInByPassword(request.connect),
    onLack: (node, lack) => lacks.set(node, lack),
  });
  const onConnected = () => {
    ssh2.onConnected();
    tellByReason(lacks, facts.tell);
  };
  return { ...ssh2, transport, onConnected };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
