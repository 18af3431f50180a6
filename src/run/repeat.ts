/** Repeats an earlier request, for some of its nodes. Pure. */
import type { Node } from '../core/node.ts';
import type { Source } from '../core/sources.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';
import type { RunRequest } from './request/request.ts';
import { stdinReaders } from './request/stdin-readers.ts';
import { listsOf, stdinOf } from './request/work.ts';
import type { WholeRollout } from './rollout/whole-rollout.ts';

/** The earlier run whose request this repeats. */
export interface Repeats {
  readonly run: string;
  /** The words for that. */
  readonly text: string;
  readonly whole?: WholeRollout;
  /** Rejects with LockstepError `usage` if another run than this one, by its id, goes on with it, or does the same nodes. */
  claim(run: string): Promise<void>;
  /** Throws LockstepError `usage` if the files have changed. */
  checkSources(sources: readonly Source[]): void;
}

/** Of a rollout's nodes those of this run, and those outside it that are down. */
export function partOfWhole(
  all: readonly Node[],
  whole: Pick<WholeRollout, 'rest'> | undefined,
  unreachable: RolloutRules['unreachable'] = 'fail',
): { readonly nodes: readonly Node[]; readonly down: readonly Node[] } {
  const rest = new Map(whole?.rest.map((one) => [one.node.id, one]));
  return {
    nodes: all.filter(({ id }) => !rest.has(id)),
    // By the rule `skip` a node that was out of reach holds nobody up.
    down: all.filter(
      ({ id }) => isDown(rest.get(id)?.kind) && !(unreachable === 'skip' && rest.get(id)?.isOut),
    ),
  };
}

/** As far as an earlier run knew. */
export function isDown(kind: string | undefined): boolean {
  return kind !== undefined && kind !== 'ok' && kind !== 'skipped';
}

/** `target`: the nodes that count, instead of all those in the request. Its inventory may still define groups. */
export function repeatedRequest(request: RunRequest, target: string): RunRequest {
  const { user, inventory } = request.targets;
  const { connect, rollout } = request;
  const needsGroups =
    rollout.file !== undefined || rollout.order.length > 0 || connect.sudoPasswordFor.length > 0;
  const targets = { hosts: [target], areOnStdin: false, user, ...(needsGroups ? { inventory } : {}) };
  return { ...request, targets };
}

/** Inputs of such a request that are gone since it was read the first time. The user gives a password anew. */
export function goneInputs(request: RunRequest): readonly string[] {
  const { targets, rollout, work } = request;
  const onStdin = stdinReaders(request).filter(({ field }) => field !== 'connect.passwordFile');
  const named = [
    { option: '-i', path: stdinOf(work) },
    ...listsOf(work),
    { option: '--inventory', path: targets.inventory },
    { option: '--rollout', path: rollout.file },
  ];
  const described = named.flatMap(({ option, path = '' }) =>
    DESCRIPTOR.test(path) ? [`${option} ${path}`] : [],
  );
  return [...new Set([...onStdin.map(({ option }) => option), ...described])];
}

/** Also the path that a shell makes of `<(…)`. */
const DESCRIPTOR = /^\/(?:dev|proc\/[^/]+)\/(?:fd\/\d+|stdin)$/;
