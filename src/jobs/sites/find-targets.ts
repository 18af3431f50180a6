/** Targets of the command line as sites: groups and labels become roles. */
import { targetText } from '../../core/node.ts';
import { stamped } from '../../core/stamp.ts';
import type { RunRequest } from '../../run/request/request.ts';
import { openHosts, resolveNodes } from '../../run/start/resolve.ts';
import type { Surroundings } from '../../run/surroundings.ts';

export interface FoundSite {
  /** The host; if several sites have it, `user@host:port`. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly host: string;
}

/** Connects to nothing. Rejects with LockstepError `usage`. */
export async function findTargets(
  { targets, connect }: RunRequest,
  around: Surroundings,
): Promise<FoundSite[]> {
  const here = { ...around, ...stamped(around, () => around.clock.wallMs()) };
  const hosts = await openHosts(connect, here);
  // Only once: stdin and programs give their lists no second time.
  const { nodes, catalogue, membersOf } = await resolveNodes(targets, here, { hosts, needsCatalogue: true });
  const roles = new Map<string, string>([
    ...[...catalogue.groups.keys()].map((name) => [`@${name}`, name] as const),
    ...[...catalogue.labels].flatMap(([label, values]) =>
      [...values.keys()].map((value) => [`@${label}=${value}`, `${label}=${value}`] as const),
    ),
  ]);
  const groups = [...roles.keys()].map((text) => [text, membersOf({ text, source: 'a role' })] as const);
  const counts = new Map<string, number>();
  for (const { host } of nodes) counts.set(host, (counts.get(host) ?? 0) + 1);
  return nodes.map((node) => {
    const members = groups.filter(([, those]) => those.some(({ id }) => id === node.id));
    return {
      name: counts.get(node.host) === 1 ? node.host : targetText(node),
      roles: members.flatMap(([text]) => roles.get(text) ?? []),
      host: targetText(node),
    };
  });
}
