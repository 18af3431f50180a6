/** What a keeper of the simulation sees when it looks at the processes of its node. */
import type { KeeperModel } from './keeper-model.ts';
import type { Process } from './process.ts';

export function isBlockedBy(keeper: KeeperModel, { lockPath, kind }: KeeperModel): boolean {
  if (!conflicts(keeper, lockPath) || kind === 'n') return false;
  if (keeper.kind === 's') return kind !== 's' && (keeper.lockPath !== '/' || lockPath === '/');
  return kind !== 's' || lockPath !== '/' || keeper.lockPath === '/';
}

export function conflicts({ lockPath }: KeeperModel, path: string): boolean {
  return path === lockPath || path === '/' || lockPath === '/';
}

/** All that has this run in its environment; where none is known to be lost, only commands whose wrapper was killed. */
export function lostGroups({ node, run }: KeeperModel, isKnown: boolean): number[] {
  const isLost = ({ parent }: Process) => parent?.name === 'lockstep-hand' && !parent.isAlive;
  const found = node.processes().filter((each) => each.itsRun === run && (isKnown || isLost(each)));
  return found.map(({ group }) => group);
}

/**
 * The run's work: what is to end, those that wait for it, and its commits. `groups`: that were the run's at
 * any look; what is found is added.
 */
export function workOf(
  keeper: KeeperModel,
  groups: Set<number>,
): { live: Process[]; wrappers: Process[]; commits: Process[] } {
  const processes = keeper.node.processes();
  const workers = processes.filter(
    ({ name, record }) => name === 'lockstep-hand' && record?.run === keeper.run,
  );
  const commits = workers.filter(({ record }) => record?.job === 'p' || record?.job === 'u');
  const isIdle = keeper.job.name === 'lockstep-done' && keeper.end === '';
  const wrappers = [
    ...workers.filter((worker) => !commits.includes(worker)),
    ...(isIdle ? [] : [keeper.job]),
  ];
  for (const { group, ending } of wrappers) if (ending === undefined) groups.add(group);
  for (const { parent, group } of processes)
    if (parent !== undefined && wrappers.includes(parent)) groups.add(group);
  const spared = new Set([keeper.self, keeper.shell, keeper.job, ...wrappers]);
  return {
    live: processes.filter((process) => groups.has(process.group) && !spared.has(process)),
    wrappers: wrappers.filter(({ ending }) => ending === undefined),
    commits,
  };
}
