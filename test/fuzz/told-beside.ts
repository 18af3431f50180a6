/** What a look tells of names that a node has and nobody sends: what `--delete` removes, and what a new release will not have. */
import type { Differing } from '../../src/core/events.ts';
import type { Sent } from './model.ts';
import { extrasOf, type Scope } from './model-deletes.ts';
import type { Scene, Site } from './set-up.ts';

export interface Places {
  /** As a look calls it. */
  toldPath(path: string): string;
  /** Where it lay before; undefined where a directory above was missing. */
  pathOf(sent: Sent): string | undefined;
  /** Where it lies in a new release. */
  newPathOf(sent: Sent): string;
}

/** `told`: of this node. */
export function besideTold(
  scene: Scene,
  site: Site,
  { told, there }: { told: readonly Differing[]; there: Places },
): string[] {
  const { kind } = site.bed.node;
  const isRelease = scene.invocation.release !== undefined;
  const says = told.flatMap((one) =>
    one.kind === 'deleted' || one.kind === 'extra'
      ? [wordOf(one.path, one.kind === 'deleted' && one.isDirectory)]
      : [],
  );
  const must = isRelease
    ? lacking(scene, site, there).map(({ member }) => wordOf(there.toldPath(member), false))
    : (site.prediction?.removals ?? []).map(({ member, isDirectory }) =>
        wordOf(there.toldPath(member), isDirectory),
      );
  return [
    ...says
      .filter((path) => !must.includes(path))
      .map((path) => `${kind}: ${path} is told to go, and does not`),
    ...must.filter((path) => !says.includes(path)).map((path) => `${kind}: ${path} goes, and is not told to`),
  ];
}

/** What the release that was current has in directories that were named, and the new one has not. */
function lacking({ request, invocation }: Scene, { before, state }: Site, { pathOf }: Places) {
  const top: Sent = { path: '', source: '', facts: request?.top, isRoot: true };
  const named =
    request?.top === undefined
      ? (request?.sent ?? []).filter(({ facts, isRoot }) => isRoot && facts?.type === 'directory')
      : [top];
  const wanted = new Set(request?.sent.map(({ path }) => path));
  const scopes = named.flatMap((sent): Scope[] => {
    const at = pathOf(sent);
    return at !== undefined && before.get(at)?.type === 'directory' ? [[sent.path, at]] : [];
  });
  const isMount = (at: string) => state.mounts.some((mount) => mount.at === at);
  const listing = { before, isWanted: (path: string) => wanted.has(path), isProtected: () => false, isMount };
  return invocation.release === undefined ? [] : scopes.flatMap((scope) => extrasOf(listing, scope));
}

function wordOf(path: string, isDirectory: boolean): string {
  return JSON.stringify(`${path}${isDirectory ? '/' : ''}`);
}
