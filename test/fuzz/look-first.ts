/** A dry run before the run: it changes nothing, and says what the run then changes. */
import type { Differing } from '../../src/core/events.ts';
import { fromLogin } from '../../src/run/node-path.ts';
import { joined } from '../../src/transfer/difference/wanted.ts';
import { Disk } from './disk.ts';
import type { Invocation } from './generate-invocation.ts';
import { afterRun, type RunEnd } from './judge.ts';
import { ACCOUNTS } from './local-node.ts';
import type { Sent } from './model.ts';
import { RELEASE } from './model-releases.ts';
import { workingUid } from './predict.ts';
import type { Scene, Site } from './set-up.ts';
import { besideTold, type Places } from './told-beside.ts';
import { describe, type Facts } from './tree.ts';

/** A look has nothing to send. */
export function asLook(invocation: Invocation): Invocation {
  return {
    ...invocation,
    argv: ['--dry-run', ...invocation.argv.filter((option) => option !== '--send-all')],
  };
}

/** What it has changed, though it only looks. */
export function changedByLook({ sites }: Scene): string[] {
  return sites.flatMap(({ bed, before }) => {
    const after = bed.read();
    const paths = [...new Set([...before.keys(), ...after.keys()])];
    return paths.flatMap((path) => {
      const [was, is] = [before.get(path), after.get(path)].map(
        (facts) => facts && `${describe(facts)} ${facts.inode}`,
      );
      return was === is
        ? []
        : [`${bed.node.kind}: a look has changed ${JSON.stringify(path)}: ${was} → ${is}`];
    });
  });
}

/** What the run has changed otherwise than the look has said. */
export function toldOtherwise(scene: Scene, look: RunEnd, end: RunEnd): string[] {
  if (scene.request === undefined)
    return look.code === 64 ? [] : [`a look ends with ${look.code}, must be 64`];
  if (look.code === 64 && isAlwaysNew(scene)) return [];
  if (end.code !== 0) return [];
  if (look.code !== 0 && look.code !== 6)
    return isClosed(look) ? [] : [`a look ends with ${look.code}, and the run with 0: ${look.text}`];
  const found = scene.sites.flatMap((site) => compareNode(scene, site, look.differences ?? []));
  const isTold = (look.differences ?? []).length > 0;
  return isTold === (look.code === 6)
    ? found
    : [...found, `a look that tells ${isTold} ends with ${look.code}`];
}

function isAlwaysNew({ invocation, request }: Scene): boolean {
  return invocation.mode === 'command' && invocation.place === undefined && request?.isAbsolute === false;
}

/** Who may not look into a directory may yet be its owner, and open it. */
function isClosed({ text }: RunEnd): boolean {
  return text.includes('Permission denied');
}

function compareNode(scene: Scene, site: Site, told: readonly Differing[]): string[] {
  const { request, invocation } = scene;
  const { kind } = site.bed.node;
  const after = afterRun(site, invocation);
  const there = placesOf(scene, site);
  const here = told.filter(({ nodes }) => nodes.some(({ host }) => host === kind));
  const kindOf = new Map(here.map((one) => [one.path, one.kind]));
  const top: readonly Sent[] =
    request?.top === undefined ? [] : [{ path: '', source: '', facts: request.top, isRoot: true }];
  const found = [...top, ...(request?.sent ?? [])].flatMap((sent) => {
    const path = there.pathOf(sent);
    const was = path === undefined ? undefined : site.before.get(path);
    const is = after.get(invocation.release === undefined ? (path ?? '') : there.newPathOf(sent));
    const says = kindOf.get(there.toldPath(sent.path)) ?? 'equal';
    const did = path === undefined ? 'new' : didOf({ sent, was, is, scene });
    if (says === did || isExcused(scene, kind, { sent, says, did, isReplaced: was?.inode !== is?.inode }))
      return [];
    // What is put into another's directory changes its time, which its owner alone may set.
    const isOthers = workingUid(invocation) !== 0 && was?.uid !== workingUid(invocation);
    if (says === 'equal' && did === 'attributes' && was?.type === 'directory' && isOthers) return [];
    // Sent for the sake of another name of it; what only a hash would tell is not told.
    if (says === 'equal' && did === 'content' && isUnseen(was, is)) return [];
    return [
      `${kind}: ${JSON.stringify(sent.path)} is told to be ${says}, and was ${did}: ${show(was)} → ${show(is)}`,
    ];
  });
  return [...found, ...besideTold(scene, site, { told: here, there })];
}

/** Where a node has what is sent, and what a look calls it; of a release what is current is looked at. */
function placesOf({ request, invocation }: Scene, { before, state }: Site): Places {
  const { place, account, release } = invocation;
  const given = fromLogin(place?.given ?? (request?.isAbsolute === false ? '.' : '/'));
  const base = place?.path ?? (request?.isAbsolute === false ? ACCOUNTS[account].home : '/');
  const disk = new Disk({ before, state, uid: 0 });
  const inner = release === undefined ? '' : '/current';
  return {
    toldPath: (path) => joined(given, `${inner}${path}`.slice(1)),
    pathOf: (sent) => physicalPath(disk, `${base}${inner}`, sent),
    newPathOf: ({ path }) => `${base === '/' ? '' : base}/releases/${RELEASE}${path}`,
  };
}

function isExcused(
  { request, invocation }: Scene,
  kind: string,
  { sent, says, did, isReplaced }: { sent: Sent; says: string; did: string; isReplaced: boolean },
): boolean {
  const stays = invocation.mode === 'shipped' && sent.facts?.type === 'directory' && did === 'attributes';
  // Names that are not one file there, and were sent as one.
  const isApart = says === 'content' && isLinked(sent, request?.sent ?? []) && isReplaced;
  // busybox does not set every time.
  const isLost = says === 'attributes' && did === 'equal';
  const isLostAnew = invocation.release !== undefined && says === 'equal' && did === 'attributes';
  return stays || isApart || (kind === 'busybox' && (isLost || isLostAnew));
}

/** Other bytes, and as long and of the same time, with fractions: who sets that means it. */
function isUnseen(was: Facts | undefined, is: Facts | undefined): boolean {
  if (was?.type !== 'file' || is?.type !== 'file' || was.mtimeNs % SECOND_NS === 0n) return false;
  return was.body.length === is.body.length && attributesOf(was) === attributesOf(is);
}

function attributesOf({ mode, uid, gid, mtimeNs }: Facts): string {
  return `${mode} ${uid}:${gid} ${mtimeNs}`;
}

function isLinked({ path, facts }: Sent, all: readonly Sent[]): boolean {
  return facts?.type === 'file' && all.some((one) => one.path !== path && one.facts?.inode === facts.inode);
}

function show(facts: Facts | undefined): string {
  return facts === undefined ? 'nothing' : describe(facts);
}

/** Undefined where a directory above is missing. */
function physicalPath(disk: Disk, base: string, { path, facts, isRoot }: Sent): string | undefined {
  try {
    let at = disk.follow('/');
    for (const name of `${base}${path}`.split('/').filter(Boolean)) at = disk.below(disk.follow(at), name);
    const leads = facts === undefined || (isRoot && facts.type === 'directory');
    return leads && disk.get(at)?.type === 'symlink' ? disk.follow(at) : at;
  } catch {
    return undefined;
  }
}

const SECOND_NS = 1_000_000_000n;

function didOf({
  sent,
  was,
  is,
  scene,
}: {
  sent: Sent;
  was: Facts | undefined;
  is: Facts | undefined;
  scene: Scene;
}): string {
  if (was === undefined) return is === undefined ? 'equal' : 'new';
  if (is === undefined) return 'gone';
  if (sent.facts === undefined) return 'equal';
  if (was.type !== is.type || was.body !== is.body) return 'content';
  const keepsOwner =
    workingUid(scene.invocation) === 0 && (scene.invocation.preserveUid || scene.invocation.preserveGid);
  const isTime =
    was.mtimeNs !== is.mtimeNs && !(was.mtimeNs % SECOND_NS === 0n && floor(is.mtimeNs) === was.mtimeNs);
  // Where owners are not kept, what was another's is this account's now.
  const isOwner = was.uid !== is.uid || (keepsOwner && was.gid !== is.gid);
  const isMode = was.type !== 'symlink' && was.mode !== is.mode;
  return isTime || isOwner || isMode ? 'attributes' : 'equal';
}

function floor(ns: bigint): bigint {
  return ns - (((ns % SECOND_NS) + SECOND_NS) % SECOND_NS);
}
