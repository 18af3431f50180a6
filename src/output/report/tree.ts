/**
 * Errors as trees: a message and its causes, drawn with `└─` for people and joined with `: ` for machines.
 * It tells causes that differ only in their node once, with the names of all the nodes.
 */

import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { sanitiseText } from '../../text/sanitise.ts';

export interface Tree {
  readonly text: string;
  readonly children: readonly Tree[];
  /** Its lines are not broken. */
  readonly isWhole?: boolean;
}

/** How much a report lists before it says "and 995 more". */
export interface ReportBounds {
  readonly namesMax: number;
  readonly groupsMax: number;
  /** For people: errors in few words, where they have them. */
  readonly isBrief?: boolean;
}

export const BRIEF: ReportBounds = { namesMax: LIMITS.reportNamesMax, groupsMax: LIMITS.reportGroupsMax };
export const FULL: ReportBounds = { namesMax: Number.POSITIVE_INFINITY, groupsMax: Number.POSITIVE_INFINITY };

/**
 * The tree of anything that was thrown. Its texts are safe to print; the id of its node stands in them.
 * `above`: the errors it is a cause of, so that a circle ends.
 */
export function errorTree(thrown: unknown, bounds: ReportBounds, above: readonly unknown[] = []): Tree {
  const text = describe(thrown, bounds);
  const path = [...above, thrown];
  const causes = path.length < LIMITS.reportDepthMax ? causesOf(thrown, bounds) : [];
  const news = causes.flatMap((cause) =>
    text.includes(describe(cause, bounds)) ? causesOf(cause, bounds) : [cause],
  );
  const children = causeTrees(
    news.filter((cause) => !path.includes(cause)),
    bounds,
    path,
  );
  return { text, children };
}

/** A message of ours and its causes; safe to print. */
export function tellTree(message: string, causes: readonly unknown[], bounds: ReportBounds): Tree {
  return { text: sanitiseText(message), children: causeTrees(causes, bounds) };
}

/** One tree for each cause, or for each group of like causes on different nodes; the most common first. */
export function causeTrees(
  causes: readonly unknown[],
  bounds: ReportBounds,
  above: readonly unknown[] = [],
): Tree[] {
  const groups = new Map<string, { first: Tree; general: Tree; nodes: Node[] }>();
  for (const cause of causes) {
    const tree = errorTree(cause, bounds, above);
    const node = cause instanceof LockstepError ? cause.node : undefined;
    const general = node === undefined ? tree : withoutNode(tree, node);
    const key = joinTree(general);
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { first: tree, general, nodes: node === undefined ? [] : [node] });
    else if (node !== undefined) group.nodes.push(node);
  }
  const bySize = [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
  const trees = bySize.map(({ first, general, nodes }) =>
    nodes.length < 2 ? first : withNames(general, nodes, bounds),
  );
  return cutGroups(trees, bounds);
}

export function cutGroups(trees: readonly Tree[], { groupsMax }: ReportBounds): Tree[] {
  const more = trees.length - groupsMax;
  if (more <= 0) return [...trees];
  return [...trees.slice(0, groupsMax), { text: `and ${more} more causes (-v lists them)`, children: [] }];
}

/** The lines of a tree; those below its first text are drawn as branches. */
export function drawTree({ text, children }: Tree): string[] {
  const isRoomy = children.some((child) => child.children.length > 0);
  const branches = children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    const [first = '', ...rest] = drawTree(child);
    const below = rest.map((line) => `${isLast ? '  ' : '│ '} ${line}`);
    return [`${isLast ? '└─' : '├─'} ${first}`, ...below, ...(isRoomy && !isLast ? ['│'] : [])];
  });
  return [...text.split('\n'), ...branches];
}

/** For people: one cause behind its text, several below it, each on one line. */
export function listTree({ text, children }: Tree): string[] {
  const [only, ...others] = children;
  if (only === undefined) return text.split('\n');
  if (others.length === 0) return `${text}: ${joinTree(only)}`.split('\n');
  return [...text.split('\n'), ...children.flatMap((child) => joinTree(child).split('\n'))];
}

/** The same on one line: a cause after `: `, several of them with `; ` between. */
export function joinTree({ text, children }: Tree): string {
  return children.length === 0 ? text : `${text}: ${children.map(joinTree).join('; ')}`;
}

function describe(thrown: unknown, { isBrief = false }: ReportBounds): string {
  if (thrown instanceof LockstepError) {
    const { node, message, brief } = thrown;
    const text = isBrief ? (brief?.text ?? message) : message;
    return sanitiseText(node === undefined || text.includes(node.id) ? text : `${node.id} ${text}`);
  }
  if (thrown instanceof Error) return sanitiseText(thrown.message || codeOf(thrown) || thrown.name);
  return sanitiseText(String(thrown));
}

/** Node's "happy eyeballs" errors have no message of their own, only a code. */
function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function causesOf(thrown: unknown, { isBrief = false }: ReportBounds): readonly unknown[] {
  if (thrown instanceof LockstepError) return isBrief ? (thrown.brief ?? thrown).causes : thrown.causes;
  if (thrown instanceof AggregateError) return thrown.errors;
  return thrown instanceof Error && thrown.cause !== undefined ? [thrown.cause] : [];
}

const NODES = '\u0000nodes\u0000';

/** The tree with the node's own names taken out, to be compared with that of another node. */
function withoutNode(tree: Tree, node: Node): Tree {
  const id = sanitiseText(node.id);
  const host = node.host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const address = new RegExp(`(?<![\\w.:-])${host}(?::${node.port})?(?![\\w-]|[.:]\\w)`, 'g');
  const strip = ({ text, children }: Tree): Tree => ({
    text: text.replaceAll(id, NODES).replace(address, '<host>'),
    children: children.map(strip),
  });
  return strip(tree);
}

/** The nodes are named at the top, and not again below. */
function withNames({ text, children }: Tree, nodes: readonly Node[], bounds: ReportBounds): Tree {
  const names = listNodes(nodes, bounds);
  return {
    text: text.replace(NODES, () => names).replaceAll(NODES, '<node>'),
    children: children.map(withoutMarks),
  };
}

function withoutMarks({ text, children }: Tree): Tree {
  return {
    text: text.replace(new RegExp(`^${NODES} `), '').replaceAll(NODES, '<node>'),
    children: children.map(withoutMarks),
  };
}
