/** Holds what a run has done against what it must have done. */

import type { Differing } from '../../src/core/events.ts';
import { UNREAD } from '../../src/run/survey/survey-node.ts';
import { UNASKED } from '../../src/run/upload/shipments.ts';
import { compare } from './compare.ts';
import { Disk } from './disk.ts';
import type { NodeState } from './generate-destination.ts';
import type { Invocation } from './generate-invocation.ts';
import type { Expected } from './look.ts';
import { RELEASE } from './model-releases.ts';
import { type Prediction, RUN, runDirectories, runDirectory, workingUid } from './predict.ts';
import type { Request } from './sent.ts';
import type { Scene, Site } from './set-up.ts';
import type { Facts, Tree } from './tree.ts';

/** How a run ended. */
export interface RunEnd {
  readonly code: number;
  /** What it told. */
  readonly text: string;
  /** What it holds for true of the nodes, by their kinds, where it is known. */
  readonly said?: ReadonlyMap<string, 'old' | 'new' | 'unknown'>;
  /** Of a look: what it has told. */
  readonly differences?: readonly Differing[];
}

/** It could not look at what a node has, or not at all of it, and has sent that. */
export const UNLOOKED = [UNASKED, UNREAD];

/** What is not as it must be. */
export function judge({ invocation, request, sites }: Scene, end: RunEnd, startedNs: bigint): string[] {
  const mustFail = sites.some(({ prediction }) => prediction?.after === undefined);
  const reasons = sites.flatMap(({ prediction }) => prediction?.reasons ?? []);
  const differences: string[] = [];
  if (request === undefined && end.code !== 64) differences.push(`exit code ${end.code}, must be 64`);
  else if (end.code === 0 && mustFail) differences.push(`it must be refused: ${reasons.join('; ')}`);
  else if (end.code !== 0 && request !== undefined) {
    if (!mustFail && reasons.length === 0)
      differences.push(`exit code ${end.code}, and nothing was in the way`);
    else if (!refusalCodes(invocation, request).includes(end.code)) {
      differences.push(`exit code ${end.code} is none of a refusal: ${reasons.join('; ')}`);
    }
  }
  // How it should have looked is not known.
  if (end.code === 0 && mustFail) return differences;
  for (const site of sites) {
    const isNew = end.code === 0;
    const found = differencesFrom(isNew ? 'new' : 'old', { site, invocation, startedNs });
    const said = end.said?.get(site.bed.node.kind);
    // What lacks nothing is as it was, and new.
    const isBoth = said === 'new' && differencesFrom('new', { site, invocation, startedNs }).length === 0;
    if (said !== undefined && said !== (isNew ? 'new' : 'old') && !isBoth) {
      differences.push(`the report calls ${site.bed.node.kind} ${said}`);
    }
    const word = isNew ? 'new' : 'as it was';
    differences.push(...found.map((line) => `${site.bed.node.kind} must be ${word}: ${line}`));
  }
  return differences;
}

/** What a node lacks to be wholly new, or wholly as it was. */
export function differencesFrom(
  which: 'new' | 'old',
  { site, invocation, startedNs }: { site: Site; invocation: Invocation; startedNs: bigint },
): string[] {
  const { bed, state, before, prediction } = site;
  const expected =
    which === 'new'
      ? changed(prediction, before, workingUid(invocation))
      : unchanged(invocation, before, state);
  return compare({
    before,
    after: withoutRunId(afterRun(site, invocation), invocation, expected),
    expected,
    startedNs,
    endedNs: nowNs(),
    isCoarse: bed.node.kind === 'busybox',
    mayPart: state.mounts.length > 0,
  });
}

/** The node as it is now. */
export function afterRun({ bed, before }: Site, invocation: Invocation): Tree {
  return withoutReleaseName(withoutLeft(bed.read(), invocation), before, invocation);
}

/** Of a release that is removed what nobody but another owner, or root, may remove is left, out of the way. */
function withoutLeft(tree: Tree, invocation: Invocation): Tree {
  const uid = workingUid(invocation);
  const topOf = (path: string) => /^.*?\/releases\/\.removed-[^/]+/.exec(path)?.[0] ?? '';
  const left = new Set([...tree].flatMap(([path, facts]) => (facts.uid === uid ? [] : [topOf(path)])));
  return uid === 0
    ? tree
    : new Map([...tree].filter(([path]) => topOf(path) === '' || !left.has(topOf(path))));
}

/** A newline in -r is refused by name. */
function refusalCodes({ mode, place }: Invocation, { bytes }: Request): number[] {
  const isUsage = bytes > 3_500 || place?.given.includes('\n') === true;
  return [4, 69, ...(mode === 'shipped' ? [1] : []), ...(isUsage ? [64] : [])];
}

/** The directory of run directories stays where it was made. */
function unchanged(invocation: Invocation, before: Tree, state: NodeState): ReadonlyMap<string, Expected> {
  const uid = workingUid(invocation);
  const touched = new Disk({ before, state, uid });
  if (usesRunDirectory(invocation)) touched.makeRunDirectory(runDirectory(invocation));
  return new Map(
    [...before].map(([path, facts]) => {
      const isTouched = touched.get(path)?.mtimeNs === 'any' || mayKeepTrace(facts, uid);
      return [path, isTouched ? { ...facts, mtimeNs: 'any' } : facts];
    }),
  );
}

function changed(
  prediction: Prediction | undefined,
  before: Tree,
  uid: number,
): ReadonlyMap<string, Expected> {
  return new Map(
    [...(prediction?.after ?? [])].map(([path, must]) => {
      const was = before.get(path);
      const isOpen = was !== undefined && was.mtimeNs === must.mtimeNs && mayKeepTrace(was, uid);
      return [path, isOpen ? { ...must, mtimeNs: 'any' } : must];
    }),
  );
}

/** Whoever stages in another's directory cannot set its time back. */
function mayKeepTrace({ type, uid: owner, gid, mode }: Facts, uid: number): boolean {
  if (type !== 'directory' || uid === 0 || uid === owner) return false;
  return (mode & (gid === uid ? 0o020 : 0o002)) !== 0;
}

function usesRunDirectory({ mode, place }: Invocation): boolean {
  return mode === 'shipped' || (mode === 'command' && place === undefined);
}

/** The new release is named as in the model. */
function withoutReleaseName(after: Tree, before: Tree, { place, release }: Invocation): Tree {
  const at = `${place?.path === '/' ? '' : place?.path}/current`;
  const link = after.get(at);
  const name = /^releases\/(\d{8}T\d{6}-[0-9a-f]{8})$/.exec(link?.body ?? '')?.[1];
  if (release === undefined || name === undefined || before.get(at)?.inode === link?.inode) return after;
  const named = (path: string) =>
    path
      .split('/')
      .map((part) => (part === name ? RELEASE : part))
      .join('/');
  return new Map([...after].map(([path, facts]) => [named(path), { ...facts, body: named(facts.body) }]));
}

/** What lies in the one run directory is named as in the model; the directory of run directories may stay behind, empty. */
function withoutRunId(after: Tree, invocation: Invocation, expected: ReadonlyMap<string, Expected>): Tree {
  if (!usesRunDirectory(invocation)) return after;
  const base = runDirectories(invocation);
  const runs = [...after.keys()].filter(
    (path) => path.startsWith(`${base}/`) && !path.slice(base.length + 1).includes('/'),
  );
  const [run = ''] = runs;
  const isEmpty = runs.length === 0 && !expected.has(base);
  return new Map(
    [...after].flatMap(([path, facts]) => {
      if (isEmpty && path === base) return [];
      const isInside = runs.length === 1 && (path === run || path.startsWith(`${run}/`));
      return [[isInside ? `${base}/${RUN}${path.slice(run.length)}` : path, facts]];
    }),
  );
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
