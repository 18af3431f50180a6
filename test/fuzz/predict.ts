/** The model of one run on one node: how the node must look afterwards, or why it must be as it was. */
import { Disk } from './disk.ts';
import type { NodeState } from './generate-destination.ts';
import type { Invocation } from './generate-invocation.ts';
import { ACCOUNTS, type Kind } from './local-node.ts';
import { type Expected, Refused } from './look.ts';
import { putBelow, type Sent } from './model.ts';
import { type Removal, removeExtras } from './model-deletes.ts';
import { putRelease, RELEASE } from './model-releases.ts';
import type { Request } from './sent.ts';
import type { Tree } from './tree.ts';

export interface Prediction {
  /** How it must look when the run ends well; undefined: the run cannot end well. */
  readonly after: ReadonlyMap<string, Expected> | undefined;
  /** Why it may be refused; empty: it may not. */
  readonly reasons: readonly string[];
  /** What `--delete` removes. */
  readonly removals: readonly Removal[];
}

export interface Question {
  readonly invocation: Invocation;
  readonly request: Request;
  readonly state: NodeState;
  readonly before: Tree;
  readonly kind: Kind;
}

/** Stands for the run's id in paths. */
export const RUN = 'RUN';

/** A stage has a name of its own, and some more in it. */
const STAGE_BYTES = 60;
const PATH_BYTES_MAX = 4_095;

export function predict(question: Question): Prediction {
  const { invocation, state, before, request } = question;
  const uid = workingUid(invocation);
  const disk = new Disk({ before, state, uid });
  const doubts = [...disk.doubts];
  const destination = destinationOf(invocation, request);
  const release = invocation.release === undefined ? 0 : `releases//${RELEASE}`.length;
  if ((destination ?? '').length + request.bytes + release > PATH_BYTES_MAX - STAGE_BYTES)
    disk.doubts.push('a name is long');
  if (invocation.place?.given.includes('\n')) disk.doubts.push('-r has a newline');
  if (question.kind === 'busybox' && uid !== 0 && hasClosed(request)) disk.doubts.push('busybox');
  if (question.kind === 'busybox' && hasCircle(disk, before))
    disk.doubts.push('busybox replaces no link that leads to itself');
  if (uid !== 0 && state.mounts.length > 0) disk.doubts.push('there may be no place for a stage');
  try {
    const removals = placeAll(disk, question, uid);
    return { after: disk.entries, reasons: disk.doubts, removals };
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    return { after: undefined, reasons: [thrown.message, ...doubts], removals: [] };
  }
}

function placeAll(disk: Disk, question: Question, uid: number): readonly Removal[] {
  const { invocation, request, before } = question;
  const { mode, preserveUid, preserveGid, place, sendsAll, comparesContents } = invocation;
  const arrival = { uid, preserveUid, preserveGid, changesDirectories: true };
  const keepsEqual = sendsAll ? undefined : { isRead: comparesContents };
  const destination = destinationOf(invocation, request);
  const staysInRunDirectory = mode === 'shipped' || destination === undefined;
  if (!staysInRunDirectory) {
    if (place !== undefined && !disk.isReadable(disk.madeDirectory(destination))) {
      disk.doubts.push('the lock cannot be opened');
    }
    if (invocation.release !== undefined) {
      putRelease(disk, question, arrival);
      return [];
    }
    const places = putBelow(disk, destination, request.sent, { ...arrival, keepsEqual });
    return invocation.deletes ? removeExtras(disk, places, { invocation, request, before }) : [];
  }
  const run = runDirectory(invocation);
  disk.makeRunDirectory(run);
  putBelow(disk, run, request.sent, arrival);
  if (mode !== 'shipped' || destination === undefined) return [];
  const sent = request.sent.map(
    (one): Sent => ({ ...one, facts: disk.get(`${run}${one.path}`), isRoot: false }),
  );
  putBelow(disk, destination, sent, { uid, preserveUid: true, preserveGid: true, changesDirectories: false });
  return [];
}

/** The tar of busybox cannot fill a directory that is closed to its owner. */
function hasClosed({ sent }: Request): boolean {
  return sent.some(
    ({ path, facts }) =>
      facts?.type === 'directory' &&
      (facts.mode & 0o300) !== 0o300 &&
      sent.some((other) => other.path.startsWith(`${path}/`)),
  );
}

function hasCircle(disk: Disk, before: Tree): boolean {
  return [...before].some(([path, { type }]) => type === 'symlink' && disk.isCircle(path));
}

/** Undefined: the files stay in the run directory. */
function destinationOf({ mode, place, account }: Invocation, { isAbsolute }: Request): string | undefined {
  if (place !== undefined) return place.path;
  if (mode === 'command' && !isAbsolute) return undefined;
  return isAbsolute ? '/' : ACCOUNTS[account].home;
}

export function workingUid({ account, sudo }: Invocation): number {
  return sudo ? 0 : ACCOUNTS[account].uid;
}

/** Where a run keeps uploaded files; its last part is the run's id. */
export function runDirectory(invocation: Invocation): string {
  const base = runDirectories(invocation);
  return `${base}/${RUN}`;
}

export function runDirectories(invocation: Invocation): string {
  return workingUid(invocation) === 0
    ? '/run/orgalorg'
    : `${ACCOUNTS[invocation.account].home}/.lockstep-runs`;
}
