/**
 * Errors as trees: a message and its causes, drawn with `└─` for people and joined with `: ` for machines.
 * It tells causes that differ only in their node once, with the names of all the nodes.
 */

import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { sanitiseText } from '../../text/sanitise.ts';

export interface Tree {
  readonly text: string;
  readonly children: readonly Tree[];
  /** Lockstep does not break its lines. */
  readonly isWhole?: boolean;
}

/** How much a report lists before it says "and 995 more". */
export interface ReportBounds {
  readonly namesMax: number;
  readonly groupsMax: number;
  /** For people: errors in few words, if they have them. */
  readonly isBrief?: boolean;
}

export const BRIEF: ReportBounds = { namesMax: LIMITS.reportNamesMax, groupsMax: LIMITS.reportGroupsMax };
export const FULL: ReportBounds = { namesMax: Number.POSITIVE_INFINITY, groupsMax: Number.POSITIVE_INFINITY };

/** The tree of any thrown value, safe to print. It names the nodes: the message of an error does not. */
export function errorTree(thrown: unknown, bounds: ReportBounds): Tree {
  return treeOf(thrown, bounds, { above: [] });
}

/** A message of lockstep's about this node, and its causes; safe to print. */
export function tellTree(
  message: string,
  causes: readonly unknown[],
  bounds: ReportBounds,
  node?: Node,
): Tree {
  const text = sanitiseText(node === undefined ? message : `${node.id} ${message}`);
  return { text, children: causeTrees(causes, bounds, { above: [], node }) };
}

interface TreeContext {
  /** The errors that this one is a cause of, so that a circle ends. */
  readonly above: readonly unknown[];
  /** The node that a line above names: its errors need not name it again. */
  readonly node?: Node | undefined;
  /** The names of the nodes, for an error that many of them share. */
  readonly names?: string;
  /** Leaves out what differs from node to node, below such an error. */
  readonly isGeneral?: boolean;
}

function treeOf(thrown: unknown, bounds: ReportBounds, context: TreeContext): Tree {
  const text = describe(thrown, bounds, context);
  const above = [...context.above, thrown];
  const isGeneral = context.names !== undefined || context.isGeneral === true;
  const below: TreeContext = { above, node: nodeOf(thrown) ?? context.node, isGeneral };
  const causes = above.length < LIMITS.reportDepthMax ? causesOf(thrown, bounds) : [];
  const news = causes.flatMap((cause) =>
    text.includes(describe(cause, bounds, below)) ? causesOf(cause, bounds) : [cause],
  );
  const children = causeTrees(
    news.filter((cause) => !above.includes(cause)),
    bounds,
    below,
  );
  return { text, children };
}

/** One tree for each cause, or for each group of like causes on different nodes; most common first. */
export function causeTrees(
  causes: readonly unknown[],
  bounds: ReportBounds,
  context: TreeContext = { above: [] },
): Tree[] {
  const groups = new Map<string, { first: unknown; nodes: Node[] }>();
  for (const cause of causes) {
    const node = nodeOf(cause);
    const general = node === undefined ? context : { ...context, names: '' };
    const key = joinTree(treeOf(cause, bounds, general));
    const group = groups.get(key) ?? { first: cause, nodes: [] };
    groups.set(key, group);
    if (node !== undefined) group.nodes.push(node);
  }
  const bySize = [...groups.values()].sort((one, other) => other.nodes.length - one.nodes.length);
  const trees = bySize.map(({ first, nodes }) =>
    treeOf(first, bounds, nodes.length < 2 ? context : { ...context, names: listNodes(nodes, bounds) }),
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

/** For people: a single cause after its text, several below it, each on one line. */
export function listTree({ text, children }: Tree): string[] {
  const [only, ...others] = children;
  if (only === undefined) return text.split('\n');
  if (others.length === 0) return `${text}: ${joinTree(only)}`.split('\n');
  return [...text.split('\n'), ...children.flatMap((child) => joinTree(child).split('\n'))];
}

/** The same on one line: a cause after `: `, several separated by `; `. */
export function joinTree({ text, children }: Tree): string {
  return children.length === 0 ? text : `${text}: ${children.map(joinTree).join('; ')}`;
}

function describe(thrown: unknown, bounds: ReportBounds, context: TreeContext): string {
  if (thrown instanceof LockstepError) return sanitiseText(sentence(thrown, bounds, context));
  if (!(thrown instanceof Error)) return sanitiseText(String(thrown));
  const general = context.isGeneral === true ? systemCall(thrown) : undefined;
  return sanitiseText(general ?? (thrown.message || codeOf(thrown) || thrown.name));
}

/** The sentence of an error with its node. Scripts of orgalorg look for some of these. */
function sentence(error: LockstepError, { isBrief = false }: ReportBounds, context: TreeContext): string {
  const { node, step, message, brief } = error;
  const text = isBrief ? (brief?.text ?? message) : message;
  if (node === undefined) return text;
  const names = context.names ?? node.id;
  if (step === 'connect' && !isBrief) return `can't connect to address: ${names}`;
  if (step === 'sync' && !isBrief) return `sync tool on ${names} ${text}`;
  return context.names === undefined && node.id === context.node?.id ? text : `${names} ${text}`;
}

/** What the operating system refused, without the address, which differs from node to node. */
function systemCall(error: Error): string | undefined {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall === undefined || code === undefined ? undefined : `${syscall} ${code}`;
}

/** Node's "happy eyeballs" errors have no message of their own, only a code. */
function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function nodeOf(thrown: unknown): Node | undefined {
  return thrown instanceof LockstepError ? thrown.node : undefined;
}

function causesOf(thrown: unknown, { isBrief = false }: ReportBounds): readonly unknown[] {
  if (thrown instanceof LockstepError) {
    if (isBrief) return (thrown.brief ?? thrown).causes;
    // The sentence does not give the reason.
    return thrown.step === 'connect' ? [thrown.of(thrown.node, undefined)] : thrown.causes;
  }
  if (thrown instanceof AggregateError) return thrown.errors;
  return thrown instanceof Error && thrown.cause !== undefined ? [thrown.cause] : [];
}
