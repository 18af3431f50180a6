/** Rollout files and targets for tests. */
import { LockstepError } from '../../../src/core/errors.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { parseRollout } from '../../../src/rollout/parse-rollout.ts';
import type { PluginCall } from '../../../src/rollout/rollout-file.ts';
import { rulesOf } from '../../../src/rollout/rules-of.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import type { Catalogue } from '../../../src/targets/catalogue.ts';
import { expandRanges } from '../../../src/targets/expand-ranges.ts';
import { parseGroups } from '../../../src/targets/groups-file.ts';

export function nodesOf(...names: readonly string[]): readonly Node[] {
  return names.flatMap(expandRanges).map((host) => {
    const [user, port] = ['root', 22];
    return { id: nodeId(user, host, port), user, host, port, given: host };
  });
}

const NOTHING: Catalogue = { groups: new Map(), labels: new Map(), sources: [] };

export interface Around {
  /** A file of groups. */
  readonly groups?: string;
  /** What the programs print, by their calls: `Racks row7`. */
  readonly printed?: Readonly<Record<string, readonly string[]>>;
}

/** Throws LockstepError `usage`. */
export function rules(
  text: string,
  nodes: readonly Node[],
  { groups, printed = {} }: Around = {},
): RolloutRules {
  const file = parseRollout(text, 'r.yaml');
  const calls: PluginCall[] = [...file.tags.values()].flatMap((tag) => tag.calls);
  return rulesOf(file, {
    nodes,
    catalogue: groups === undefined ? NOTHING : parseGroups(groups, 'groups.yaml'),
    printed: new Map(
      calls.map((call) => {
        const hosts = printed[[call.plugin, ...call.args].join(' ')] ?? [];
        return [call, hosts.map((host) => ({ text: host, source: call.plugin }))];
      }),
    ),
  });
}

/** Threads and limits as lines: `sequence: $na(1 2 3) → $sea(4 5 6)`, `2 of coast.east: 1 2`. */
export function drawn({ threads, limits }: RolloutRules): string[] {
  return [
    ...threads.map(
      ({ name, slots }) =>
        `${name}: ${slots.map((slot) => `${slot.name}(${hosts(slot.nodes)})`).join(' → ')}`,
    ),
    ...limits.map(({ name, max, nodes }) => `${max} of ${name}: ${hosts(nodes)}`),
  ];
}

function hosts(ids: readonly string[]): string {
  return ids.map((id) => /@(.*):\d+\]$/.exec(id)?.[1] ?? id).join(' ');
}

/** What a file is refused for: each mistake, with its place. */
export function refusal(text: string, nodes: readonly Node[] = [], around: Around = {}): string[] {
  try {
    rules(text, nodes, around);
    return [];
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'usage') throw error;
    return error.causes.length > 0 ? error.causes.map(String) : [error.message];
  }
}
