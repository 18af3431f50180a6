/** Warns where nodes do not keep xattrs and ACLs, or where nothing there can tell. */
import type { Reply } from '../../node/keeper/replies.ts';
import type { HeldRun } from '../held-run.ts';
import type { Receiver } from './receiver.ts';

/** The xattrs of one shipment. */
export interface SentXattrs {
  /** Members with xattrs, in the order of the list. */
  readonly members: readonly string[];
  readonly receivers: readonly Receiver[];
}

/** One warning for all nodes with the same loss. */
export function tellXattrs({ tell }: HeldRun, sent: readonly SentXattrs[]): void {
  const told = new Map<string, string[]>();
  for (const { members, receivers } of sent) {
    for (const { site, replies } of receivers) {
      for (const text of lossesOf(replies, members))
        told.set(text, [...(told.get(text) ?? []), site.node.id]);
    }
  }
  for (const [text, names] of told)
    tell({ type: 'log', level: 'warn', message: `${text}: ${names.join(', ')}` });
}

/** The warnings that a node's replies call for. */
export function lossesOf(replies: readonly Reply[], members: readonly string[]): string[] {
  if (members.length === 0) return [];
  const proof = replies.find((reply) => reply.kind === 'xattrs');
  if (proof?.kinds === undefined) return [UNPROVEN];
  const [lost, staying, unseen] = proof.kinds;
  const namesOf = ({ count, first }: { count: number; first: number }) =>
    `${count} of ${members.length} names, the first is ${JSON.stringify(members[first] ?? '')}`;
  return [
    ...(lost.count > 0 ? [`xattrs or ACLs are not kept: ${namesOf(lost)}`] : []),
    ...(staying.count > 0
      ? [`directories that the node has keep their own xattrs and ACLs: ${namesOf(staying)}`]
      : []),
    ...(unseen.count > 0
      ? [`xattrs and ACLs that go to another mount are not checked: ${namesOf(unseen)}`]
      : []),
  ];
}

const UNPROVEN =
  'xattrs and ACLs are not checked, since neither perl nor python3 can do that there (busybox tar keeps none)';
