/**
 * `--dry-run` and `--audit`: asks each node what it has, and tells what differs. It is an upload that stops early: the
 * same files, destinations and accounts, under a shared lock. It changes nothing, and runs nothing of the user's.
 */

import { LockstepError } from '../../core/errors.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import type { Node } from '../../core/node.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { Difference } from '../../transfer/difference/difference.ts';
import type { Destination } from '../../transfer/difference/wanted.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { HeldRun } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { Groups } from '../survey/groups.ts';
import { surveyAll } from '../survey/survey-all.ts';
import { noteFailure } from '../upload/refuse.ts';
import { hintOf } from '../upload/speaker.ts';
import { type Called, type Differing, type Line, linesOf } from './lines.ts';
import { OtherBytes } from './other-bytes.ts';

/** Work that has a look. */
export type LookWish = WorkOf<'upload'> | WorkOf<'sync'>;

/** Resolves when it has told everything. Rejects for a node that it could not look at, or that would refuse the upload, after the others. */
export async function lookFirst(
  work: HeldRun,
  collection: Collection,
  asked: LookWish,
  destination: Destination,
): Promise<void> {
  const { sites, held, outcomes, progress } = work;
  const { groups, failures } = await unlessAborted(
    held.signal,
    lookAtAll(work, { collection, asked, destination }),
  );
  const told = await unlessAborted(held.signal, tellLines(work, groups, asked));
  const looked = groups.flatMap(({ members }) => members);
  for (const node of looked) {
    const clash = told.clashes.get(node.id);
    if (clash === undefined || asked.look === 'audit') outcomes.settle(node, { kind: 'ok' });
    else failures.push(noteFailure(work, node, new LockstepError('upload-failed', clash), 'survey'));
  }
  tellUnlisted(work, groups);
  if (looked.length > 0) tellSum(work, { told, asked, looked: looked.length });
  progress.hasFound = told.nodes.size > 0;
  if (failures.length === 0) return;
  const text = `${failures.length} of ${countNodes(sites.length)} ${asked.look === 'audit' ? 'could not be looked at' : 'would refuse the upload, or could not be looked at'}`;
  const hint = hintOf(failures, work.request.connect.asRoot);
  throw new LockstepError('upload-failed', text, {
    causes: failures,
    brief: { text, causes: failures },
    ...hint,
  });
}

interface Looking {
  readonly collection: Collection;
  readonly asked: LookWish;
  readonly destination: Destination;
}

async function lookAtAll(
  work: HeldRun,
  { collection, asked, destination }: Looking,
): Promise<{ groups: readonly Differing[]; failures: LockstepError[] }> {
  const { showsDiff } = asked;
  const isAudit = asked.look === 'audit';
  // A release has nothing but what is sent. Otherwise extras on a node might be names that patterns leave out here.
  const isAsked = isAudit ? !hasPatterns(asked) : isRelease(asked);
  const finds = asked.deletes ? 'delete' : isAsked ? 'audit' : undefined;
  const groups = new Groups<Difference, Node>((difference) => difference.identity(showsDiff));
  const settings = { collection, destination, comparing: asked, isAudit, showsDiff, finds } as const;
  const unasked = await surveyAll(work, settings, ({ node }, difference) => groups.add(node, difference));
  const failures = unasked.map(({ site, error }) => noteFailure(work, site.node, error, 'survey'));
  return { groups: groups.inOrderOf(work.sites.map(({ node }) => node)), failures };
}

function isRelease(asked: LookWish): boolean {
  return asked.mode === 'upload' && asked.isRelease;
}

function hasPatterns({ excludes, excludesFrom, obeysGitignore }: LookWish): boolean {
  return excludes.length > 0 || excludesFrom.length > 0 || obeysGitignore;
}

interface Told {
  paths: number;
  /** Nodes that differ. */
  readonly nodes: Set<string>;
  /** Why they would refuse the upload. */
  readonly clashes: Map<string, string>;
}

async function tellLines(work: HeldRun, groups: readonly Differing[], asked: LookWish): Promise<Told> {
  const { tell, heard, held } = work;
  const look = asked.look ?? 'dry-run';
  const others = new OtherBytes();
  if (asked.showsDiff) await others.read(work, groups);
  const told: Told = { paths: 0, nodes: new Set(), clashes: new Map() };
  let count = 0;
  let last = '';
  const called: Called = {
    extras: asked.deletes ? 'deleted' : 'extra',
    clashes: look === 'dry-run' && isRelease(asked) ? 'new' : 'clash',
  };
  for (const line of linesOf(groups, called)) {
    const { path, kind, attributes, isDirectory, nodes } = line;
    if (path !== last) told.paths++;
    last = path;
    for (const { id } of nodes) {
      told.nodes.add(id);
      if (kind === 'clash' && !told.clashes.has(id)) told.clashes.set(id, clashText(line));
    }
    const bytes = asked.showsDiff ? await others.of(line) : undefined;
    const shown = bytes === undefined ? {} : { bytes };
    tell({ type: 'difference', look, kind, attributes, path, isDirectory, nodes, ...shown });
    if (++count % LOOK_LIMITS.differencesAtOnce !== 0) continue;
    await heard();
    held.check();
  }
  return told;
}

function tellUnlisted({ tell }: HeldRun, groups: readonly Differing[]): void {
  const message = `it has more than ${LOOK_LIMITS.extraMax} names that are not here: the others are not listed`;
  for (const { value, members } of groups) {
    if (!value.extras?.hasMore) continue;
    for (const node of members) tell({ type: 'log', level: 'warn', node, message });
  }
}

function clashText({ path, isDirectory }: Line): string {
  return isDirectory
    ? `${path} is no directory there, but one in the upload`
    : `${path} is a directory there, but none in the upload`;
}

function tellSum(
  work: HeldRun,
  { told, asked, looked }: { told: Told; asked: LookWish; looked: number },
): void {
  const differing = told.nodes.size;
  const others = looked - differing;
  const isAudit = asked.look === 'audit';
  const files = told.paths === 1 ? '1 path' : `${told.paths} paths`;
  const { length: nodes } = work.sites;
  const isAll = looked === nodes && nodes > 1;
  const all = isAll
    ? `all ${nodes} nodes`
    : looked === nodes
      ? '1 node'
      : `${looked} of ${countNodes(nodes)}`;
  const nothing = isAudit ? `as the files here: ${all}` : `nothing to do on ${countNodes(looked)}`;
  const rest = others === 0 ? '' : `; ${others} ${isAudit ? 'are as the files here' : 'need nothing'}`;
  const found = `${files} ${isAudit ? (told.paths === 1 ? 'differs' : 'differ') : 'would change'} on ${differing} of ${countNodes(looked)}${rest}`;
  work.tell({ type: 'log', level: 'info', message: differing === 0 ? nothing : found });
}
