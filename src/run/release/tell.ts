/** Tells which releases nodes have, each once for all nodes where it is the same. */
import type { ReleaseMark } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import type { HeldRun } from '../held-run.ts';
import type { Asked } from './ask.ts';
import { inOrderOfNames, previousOf, type Releases } from './releases.ts';

interface Told {
  readonly name: string | undefined;
  readonly mark: ReleaseMark;
  readonly nodes: Node[];
}

/** Newest first, by name; last of all the nodes that have none. `marks`: tells only these. */
export function tellReleases(
  { tell }: HeldRun,
  { directory, marks }: { directory: string; marks?: readonly ReleaseMark[] },
  asked: readonly Asked[],
): void {
  const found = new Map<string, Told>();
  for (const { site, releases } of asked) {
    for (const { name, mark } of marked(releases)) {
      if (marks !== undefined && !marks.includes(mark)) continue;
      const key = `${name ?? ''} ${MARKS.indexOf(mark)}`;
      const told = found.get(key);
      if (told === undefined) found.set(key, { name, mark, nodes: [site.node] });
      else told.nodes.push(site.node);
    }
  }
  for (const [, told] of [...found].sort(([one], [other]) => inOrderOfNames(other, one)))
    tell({ type: 'release', directory, ...told });
}

/** In reverse, since the last one comes first. */
const MARKS: readonly ReleaseMark[] = ['none', 'other', 'previous', 'current'];

function marked(releases: Releases): { name: string | undefined; mark: ReleaseMark }[] {
  const { current, all } = releases;
  const previous = previousOf(releases);
  // A link that leads nowhere appears as well.
  const names = current === undefined || all.includes(current) ? all : [current, ...all];
  if (names.length === 0) return [{ name: undefined, mark: 'none' }];
  return names.map((name) => ({
    name,
    mark: name === current ? 'current' : name === previous ? 'previous' : 'other',
  }));
}
