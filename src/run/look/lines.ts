/** The lines about nodes that differ, path by path. */
import type { Attribute, DifferenceKind } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { Difference } from '../../transfer/difference/difference.ts';
import { nameOf } from '../../transfer/difference/extras.ts';
import type { Wanted } from '../../transfer/difference/wanted.ts';
import type { Group } from '../survey/groups.ts';

/** Nodes that have the same difference. */
export type Differing = Group<Difference, Node>;

/** One difference of some nodes, at one path. */
export interface Line {
  /** What should be there, and its place in the list; undefined for something extra. */
  readonly wanted: { readonly at: number; readonly one: Wanted } | undefined;
  readonly path: string;
  readonly kind: DifferenceKind;
  readonly attributes: readonly Attribute[];
  readonly isDirectory: boolean;
  readonly nodes: Node[];
  /** The sum of what the nodes have there, if known. */
  readonly sha256: string | undefined;
  /** The size of a regular file in the place of a file. */
  readonly size: number | undefined;
}

/** The names for some differences. */
export interface Called {
  readonly extras: 'extra' | 'deleted';
  /** A release goes beside the current one: there a directory does not obstruct a file, nor does a link that leads nowhere. */
  readonly clashes: 'clash' | 'new';
}

/** Path by path, in the order of what is wanted; extras come last. Nodes that are alike at a path share one line. */
export function* linesOf(
  groups: readonly Differing[],
  called: Called = { extras: 'extra', clashes: 'clash' },
): Generator<Line> {
  const [first] = groups;
  if (first === undefined) return;
  const { wanted, pathOf } = first.value.there;
  for (const [at, one] of wanted.entries()) {
    const lines = new Map<string, Line>();
    for (const { value: difference, members: nodes } of groups) {
      const { kind: verdict, attributes } = difference.verdictAt(at);
      if (verdict === 'equal' || verdict === 'unread') continue;
      const kind = verdict === 'clash' ? called.clashes : verdict;
      const sha256 = difference.otherBytes.get(at);
      const key = `${kind} ${attributes} ${sha256}`;
      const line = lines.get(key);
      if (line !== undefined) {
        line.nodes.push(...nodes);
        continue;
      }
      const isDirectory = one.type === 'directory' || one.type === 'parent';
      const about = {
        wanted: { at, one },
        path: pathOf(at),
        isDirectory,
        sha256,
        size: difference.otherSize(at),
      };
      lines.set(key, { ...about, kind, attributes, nodes: [...nodes] });
    }
    yield* lines.values();
  }
  yield* extraLines(groups, called.extras);
}

function* extraLines(groups: readonly Differing[], kind: 'extra' | 'deleted'): Generator<Line> {
  const found = new Map<string, { path: string; isDirectory: boolean; nodes: Node[] }>();
  for (const { value, members } of groups) {
    for (const extra of value.extras?.list ?? []) {
      const path = value.there.pathAt(nameOf(extra));
      // An audit does not say what kind of thing it is.
      const isDirectory = kind === 'deleted' && extra.isDirectory;
      const key = `${path}${isDirectory ? '/' : ''}`;
      const one = found.get(key);
      if (one === undefined) found.set(key, { path, isDirectory, nodes: [...members] });
      else one.nodes.push(...members);
    }
  }
  for (const [, about] of [...found].sort(([one], [other]) => (one < other ? -1 : 1)))
    yield { ...about, wanted: undefined, sha256: undefined, size: undefined, kind, attributes: [] };
}
