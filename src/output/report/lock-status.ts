/** The output of `--lock-status`: nodes that show the same, once; or one object a node. */
import type { ControlEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { foldNames } from '../../text/fold-names.ts';
import { sanitiseJson, sanitiseWord } from '../../text/sanitise.ts';
import { fullLabel, nodeLabels } from '../labels.ts';

export type LockStatus = Extract<ControlEvent, { type: 'lock-status' }>;
type LockView = LockStatus['views'][number];
type SeenHolder = LockView['holders'][number];

/** Groups of nodes, with what all of each show. Process ids differ from node to node, so only a lone node has them. */
export function statusText({ lockPath, views }: LockStatus, nodes: readonly Node[]): string {
  const labels = nodeLabels(nodes);
  const groups = new Map<string, LockView[]>();
  for (const view of views) {
    const key = describeView(view, { lockPath, hasPids: false }).join('\n');
    groups.set(key, [...(groups.get(key) ?? []), view]);
  }
  const blocks = [...groups.values()].map((group) => {
    const names = group.map(({ node }) => labels.get(node.id) ?? fullLabel(node));
    const [first] = group;
    const lines = first === undefined ? [] : describeView(first, { lockPath, hasPids: group.length === 1 });
    const count = names.length === 1 ? '' : ` (${names.length} nodes)`;
    return [`${foldNames(names)}${count}:`, ...lines.map((line) => `  ${sanitiseWord(line)}`)].join('\n');
  });
  return blocks.map((block) => `${block}\n`).join('');
}

/** One line with the keys of all objects of lockstep; readers of bodies can ignore the empty body. */
export function statusObject({ node, holders, orphans, flock }: LockView, lockPath: string): string {
  const state = holders.length > 0 ? 'held' : flock.kind === 'held' ? 'other' : flock.kind;
  const pid = state === 'other' && 'pid' in flock && flock.pid > 0 ? { pid: flock.pid } : {};
  const lock = { path: lockPath, state, ...pid, holders: holders.map(holderObject), orphans };
  const object = { body: '', host: node.given, node: node.id, stream: 'status', lock };
  return `${sanitiseJson(JSON.stringify(object))}\n`;
}

export function holderObject({ lockPath, ...holder }: SeenHolder): Record<string, unknown> {
  return { ...holder, path: lockPath };
}

interface Style {
  readonly lockPath: string;
  readonly hasPids: boolean;
}

function describeView({ holders, orphans, flock }: LockView, style: Style): string[] {
  const { lockPath, hasPids } = style;
  const lines = holders.map((holder) => holderLine(holder, style));
  for (const { run, pids } of orphans) {
    lines.push(`run ${run} has ended, but left work behind${hasPids ? `: pid ${pids.join(', ')}` : ''}`);
  }
  if (holders.length > 0) return lines;
  switch (flock.kind) {
    case 'free':
      return [...lines, `${lockPath} is free`];
    case 'missing':
      return [...lines, `${lockPath} is free: there is no such file or directory`];
    case 'held': {
      const pid = hasPids && flock.pid > 0 ? ` (pid ${flock.pid})` : '';
      return [...lines, `${lockPath} is held by another tool${pid}`];
    }
    case 'unknown':
      return [...lines, `${lockPath} is free, or held by another tool`];
  }
}

function holderLine(holder: SeenHolder, { hasPids }: Style): string {
  const { who, run, since, lockPath, reason, command, version, kind, pid } = holder;
  const details = [
    `run ${run}: ${command}`,
    ...(kind === 'shared' ? ['shared'] : []),
    ...(reason === '' ? [] : [`reason: ${reason}`]),
    ...(version === '' ? [] : [`lockstep ${version}`]),
    ...(hasPids ? [`pid ${pid}`] : []),
  ];
  return `${lockPath} is held by ${who} since ${since} (${details.join(', ')})`;
}
