/** What `--switch` must have done, by the words of docs/sync.md: a release of its own, and `current` that leads to it. */
import { dirname } from 'node:path/posix';
import type { Disk } from './disk.ts';
import { hasAll, type Look, Refused } from './look.ts';
import { type Arrival, putBelow, type Sent } from './model.ts';
import type { Question } from './predict.ts';

/** Stands for the name of the new release, and is as long. */
export const RELEASE = '29991231T235959-ffffffff';

/** A name that lockstep gives. */
const OURS = /^\d{8}T\d{6}-[0-9a-f]{8}(\.\d+)?$/;

export function putRelease(disk: Disk, question: Question, arrival: Omit<Arrival, 'keepsEqual'>): void {
  const { invocation, request } = question;
  const base = disk.madeDirectory(invocation.place?.path ?? '');
  const current = currentOf(disk, base);
  const before = releasesBefore(disk, base, current);
  const top = request.top;
  const owner = top ?? request.sent.find(({ facts }) => facts !== undefined)?.facts;
  const linkTo = (body: string, inode: string): Look => ({
    type: 'symlink',
    mode: 0o777,
    uid: owner?.uid ?? 0,
    gid: owner?.gid ?? 0,
    mtimeNs: 'fresh',
    body,
    inode,
  });
  const one = (path: string, facts?: Look): Sent => ({
    path,
    source: '',
    facts,
    isRoot: facts !== undefined,
  });
  const record = [
    one('/releases/.before'),
    one(`/releases/.before/${RELEASE}`, linkTo(current ?? '', 'record')),
  ];
  const sent = [
    one('/releases'),
    ...(current === undefined ? [] : record),
    one(`/releases/${RELEASE}`, top),
    ...request.sent.map((each): Sent => ({ ...each, path: `/releases/${RELEASE}${each.path}` })),
    one('/current', linkTo(`releases/${RELEASE}`, 'current')),
  ];
  const places = putBelow(disk, base, sent, arrival);
  const releases = places.get('/releases') ?? '';
  if (current !== undefined) linkEqual(disk, question, { releases, current, uid: arrival.uid });
  removeOld(disk, releases, { kept: invocation.release?.kept ?? 5, before, current });
}

/** The name of what is current; undefined: nothing is. */
function currentOf(disk: Disk, base: string): string | undefined {
  const at = below(base, 'current');
  const link = disk.get(at);
  if (link === undefined) return undefined;
  if (link.type !== 'symlink') throw new Refused(`${at} is no link`);
  const name = link.body.replace(/\/$/, '').replace(/^.*\//s, '');
  const isRight =
    link.body.replace(/\/$/, '') === `releases/${name}` ||
    (disk.get(endOf(disk, at)) !== undefined &&
      endOf(disk, at) === endOf(disk, below(base, `releases/${name}`)));
  if (!isName(name) || !isRight) throw new Refused(`${at} leads elsewhere`);
  return name;
}

/** What was current before that, as long as it is still there. */
function releasesBefore(disk: Disk, base: string, current: string | undefined): string[] {
  const found: string[] = [];
  let name = current;
  for (let steps = 0; name !== undefined && steps < 100; steps++) {
    const link = disk.get(below(base, `releases/.before/${name}`));
    name = link?.type === 'symlink' && isName(link.body) ? link.body : undefined;
    if (name !== undefined && disk.get(below(base, `releases/${name}`))?.type === 'directory')
      found.push(name);
  }
  return [...new Set(found)];
}

/** What has the same contents and attributes in the release before is that very file. */
function linkEqual(
  disk: Disk,
  { invocation, request, state, before }: Question,
  { releases, current, uid }: { releases: string; current: string; uid: number },
): void {
  const { release, sendsAll, comparesContents, preserveUid, preserveGid } = invocation;
  if (sendsAll) return;
  const owner = uid === 0 && (preserveUid || preserveGid) ? {} : { uid };
  const isCertain =
    uid === 0 && state.mounts.length === 0 && ((disk.get(releases)?.mode ?? 0) & 0o2000) === 0;
  for (const { path, facts } of request.sent) {
    const isAlone = !request.sent.some((other) => other.path !== path && other.facts?.inode === facts?.inode);
    const old = before.get(`${releases}/${current}${path}`);
    const arrived = disk.get(`${releases}/${RELEASE}${path}`);
    if (old?.type !== 'file' || facts?.type !== 'file' || arrived === undefined) continue;
    // Who may not read it cannot copy it where it cannot be linked.
    if ((facts.mode & 0o400) === 0) continue;
    if (!isAlone || /[\n\\]/.test(path) || !hasAll(old, arrived, { isRead: comparesContents, ...owner }))
      continue;
    if (old.body !== arrived.body) throw new Refused(`${path} is not what it seems`);
    // Of such bits nobody knows beforehand whether they arrive.
    const isKnown = isCertain && !arrived.modeMayHave;
    if (release?.linksEqual) disk.share(`${releases}/${RELEASE}${path}`, old, isKnown);
  }
}

/** The current one stays, then those that were current before it, then the others, by their names. */
function removeOld(
  disk: Disk,
  releases: string,
  { kept, before, current }: { kept: number; before: readonly string[]; current: string | undefined },
): void {
  const all = [...disk.entries].flatMap(([path, { type }]) => {
    const name = path.slice(releases.length + 1);
    return dirname(path) === releases && type === 'directory' && isName(name) ? [name] : [];
  });
  const reached = [...new Set([current, ...before])].filter(
    (name) => name !== undefined && name !== RELEASE && all.includes(name),
  );
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const others = all
    .filter((name) => name !== RELEASE && !reached.includes(name))
    .sort(compare)
    .reverse();
  const ordered = [RELEASE, ...reached, ...others];
  for (const name of ordered.slice(Math.max(kept, reached.length > 0 ? 2 : 1)))
    if (name !== undefined && OURS.test(name)) forgetRelease(disk, releases, name);
}

function forgetRelease(disk: Disk, releases: string, name: string): void {
  const records = disk.get(`${releases}/.before`);
  if (records !== undefined && disk.get(`${releases}/.before/${name}`) !== undefined)
    disk.entries.set(`${releases}/.before`, { ...records, mtimeNs: 'fresh', or: undefined });
  disk.forget(`${releases}/${name}`, `${releases}/.before/${name}`);
}

function isName(name: string): boolean {
  return /^[0-9A-Za-z_+][0-9A-Za-z._+-]*$/.test(name) && name.length <= 100;
}

function endOf(disk: Disk, at: string): string {
  try {
    return disk.follow(at);
  } catch {
    return '';
  }
}

function below(base: string, name: string): string {
  return `${base === '/' ? '' : base}/${name}`;
}
