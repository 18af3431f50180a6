/** The output of `--plan`: each order with its slots, and the limits; or an object for all, and one for each node. Pure. */
import { formatDuration } from '../../core/duration.ts';
import type { Node } from '../../core/node.ts';
import type { Plan, PlannedThread } from '../../core/plan.ts';
import { foldNames } from '../../text/fold-names.ts';
import { sanitiseJson, sanitiseWord } from '../../text/sanitise.ts';
import { columnsOf } from '../../text/width.ts';
import { nodeLabels } from '../labels.ts';

const COLUMNS = 100;
const INDENT = '      ';

export function planText(plan: Plan): string {
  const labels = nodeLabels(plan.nodes);
  const names = (nodes: readonly Node[]) => foldNames(nodes.map(({ id }) => labels.get(id) ?? id));
  const { threads, free, limits, nodes } = plan;
  const blocks = [
    [
      `${counted(nodes.length, 'node')}, ${counted(threads.length, 'order')}, ${counted(limits.length, 'limit')}; nothing is connected`,
    ],
    ...threads.map((thread) => threadLines(thread, names)),
    free.nodes.length === 0
      ? []
      : [
          `${threads.length === 0 ? 'in no order' : 'in none of them'}: ${counted(free.nodes.length, 'node')}, ${atOnce(free)}`,
          ...wrapped(names(free.nodes)),
        ],
    limits.flatMap((limit) => [
      `limit ${sanitiseWord(limit.name)}: at most ${limit.max} at once, of ${counted(limit.nodes.length, 'node')}${ON_FAILURE[limit.onFailure]}`,
      ...wrapped(names(limit.nodes)),
    ]),
    policies(plan).flatMap((line) => cut(line, '')),
  ];
  const texts = blocks.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return texts.join('\n');
}

function threadLines(
  { name, require, pause, slots }: PlannedThread,
  names: (nodes: readonly Node[]) => string,
): string[] {
  const when = require === 'success' ? 'has succeeded on all of its nodes' : 'has ended on all of its nodes';
  const lines = slots.flatMap((slot, at) => {
    const before = slots[at - 1];
    const after =
      before === undefined ? '' : `, when ${sanitiseWord(before.name)} ${when}${pauseText(pause)}`;
    const head = `${at + 1}. ${sanitiseWord(slot.name)}: ${counted(slot.nodes.length, 'node')}, ${atOnce(slot)}${after}`;
    return [...cut(head, '   ').map((line) => `  ${line}`), ...wrapped(names(slot.nodes))];
  });
  return [`order ${sanitiseWord(name)}`, ...lines];
}

function pauseText(pause: PlannedThread['pause']): string {
  if (pause === undefined) return '';
  return pause === 'confirm' ? ', and somebody says so' : `, and ${formatDuration(pause.ms)} later`;
}

function atOnce({ nodes, atOnce: count }: Plan['free']): string {
  if (nodes.length === 1) return 'at once';
  return count === nodes.length ? 'all at once' : `${count} at once`;
}

function policies({ onFailure, maxFailures, unreachable, retry, hooks }: Plan): string[] {
  const around = [
    ...(hooks.before === undefined ? [] : [`before: ${hooks.before}`]),
    ...(hooks.after === undefined ? [] : [`after: ${hooks.after}`]),
    ...(hooks.onFailure === undefined ? [] : [`on_failure: ${hooks.onFailure}`]),
  ];
  return [
    ...(onFailure === 'stop' ? ['when a node fails: nothing more starts'] : []),
    ...(maxFailures === undefined
      ? []
      : [
          `when ${counted(maxFailures, 'node')} ${maxFailures === 1 ? 'has' : 'have'} failed: nothing more starts`,
        ]),
    ...(retry === undefined
      ? []
      : [
          `a node that fails is tried again, ${counted(retry.times, 'time')}, after ${formatDuration(retry.delayMs)}`,
        ]),
    ...(unreachable === 'skip' ? ['a node out of reach holds up nobody'] : []),
    ...around.map((hook) => sanitiseWord(`around each node's command, ${hook}`)),
  ];
}

const ON_FAILURE = {
  hold: '; one that fails keeps its place: it is down',
  release: '; one that fails gives its place back',
  stop: '',
} as const;

function counted(count: number, what: string): string {
  return `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
}

function wrapped(names: string): string[] {
  return cut(names, '')
    .flatMap((line) => cut(line, ''))
    .map((line) => INDENT + line);
}

/** Lines that end at blanks; those after the first are indented. */
function cut(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columnsOf(longer) > COLUMNS - INDENT.length) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}

/** With the keys of all objects of lockstep: `plan` for all, `place` for a node. */
export function planJson(plan: Plan): string {
  const status = { stream: 'status' };
  const objects = [
    { body: '', host: null, node: null, ...status, plan: planObject(plan) },
    ...plannedNodes(plan).map(({ node, ...place }) => ({
      body: '',
      host: node.given,
      node: node.id,
      ...status,
      place,
    })),
  ];
  return objects.map((object) => `${sanitiseJson(JSON.stringify(object))}\n`).join('');
}

/** As plain JSON, with nodes by id. */
export function planObject({ nodes, threads, free, limits, ...rules }: Plan): Record<string, unknown> {
  return {
    nodes: ids(nodes),
    threads: threads.map((thread) => ({
      ...thread,
      slots: thread.slots.map((slot) => ({ ...slot, nodes: ids(slot.nodes) })),
    })),
    free: { ...free, nodes: ids(free.nodes) },
    limits: limits.map((limit) => ({ ...limit, nodes: ids(limit.nodes) })),
    ...rules,
  };
}

interface PlannedNode {
  readonly node: Node;
  /** `number`: from 1. */
  readonly slots: { readonly thread: string; readonly slot: string; readonly number: number }[];
  /** The slots that it waits for. */
  readonly after: string[];
  readonly limits: string[];
}

function plannedNodes({ nodes, threads, limits }: Plan): readonly PlannedNode[] {
  const places = new Map<string, PlannedNode>(
    nodes.map((node) => [node.id, { node, slots: [], after: [], limits: [] }]),
  );
  for (const { name: thread, slots } of threads) {
    for (const [at, slot] of slots.entries()) {
      const before = slots[at - 1];
      for (const { id } of slot.nodes) {
        const place = places.get(id);
        place?.slots.push({ thread, slot: slot.name, number: at + 1 });
        if (before !== undefined) place?.after.push(before.name);
      }
    }
  }
  for (const limit of limits) for (const { id } of limit.nodes) places.get(id)?.limits.push(limit.name);
  return [...places.values()];
}

function ids(nodes: readonly Node[]): string[] {
  return nodes.map(({ id }) => id);
}
