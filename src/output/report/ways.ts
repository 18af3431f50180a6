/** The output of `--list`: a line a node, so that together they are a host file; or one object a node. */
import { targetText } from '../../core/node.ts';
import type { Way } from '../../core/way.ts';
import { sanitiseJson, sanitiseWord } from '../../text/sanitise.ts';

/** `isBrief`: only the targets. */
export function wayText(way: Way, isBrief: boolean): string {
  const target = targetText(way.node);
  return `${sanitiseWord(isBrief ? target : `${target}  # ${comment(way)}`)}\n`;
}

function comment({ address, jumps, isByCommand, transport }: Way): string {
  const parts = [
    ...(address === undefined ? [] : [`at ${address}`]),
    ...(jumps.length === 0 ? [] : [`through ${jumps.map(targetText).join(', ')}`]),
    ...(isByCommand ? ['through a ProxyCommand'] : []),
    transport === 'session' ? 'by the session' : `by ${transport}`,
  ];
  return parts.join(' ');
}

/** With the keys of all objects of lockstep. */
export function wayObject({ node, address, jumps, isByCommand, transport }: Way): string {
  const { user, host, port, id } = node;
  const way = {
    user,
    port,
    address: address ?? host,
    jumps: jumps.map((jump) => jump.id),
    isByCommand,
    transport,
  };
  return `${sanitiseJson(JSON.stringify({ body: '', host: node.given, node: id, stream: 'status', way }))}\n`;
}
