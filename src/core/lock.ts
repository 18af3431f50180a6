/** The words of a lock: who holds it, how, and what a node shows of it. */
import { LIMITS } from './limits/limits.ts';
import type { Node } from './node.ts';

export interface Holder {
  readonly who: string;
  readonly run: string;
  readonly since: string;
  readonly lockPath: string;
  readonly reason: string;
  readonly command: string;
  /** The holder's version of lockstep; empty where its keeper does not say. */
  readonly version: string;
  readonly kind: LockKind;
}

/** `shared`: any number of runs at once, none of them exclusive. `none`: no lock at all, only a leash. */
export type LockKind = 'exclusive' | 'shared' | 'none' | JoinedKind;

/** No lock of its own: a call in a session, whose lock covers it. */
export type JoinedKind = 'joined' | 'joined-shared';

/** A holder as one node sees it. */
export interface SeenHolder extends Holder {
  readonly pid: number;
}

/** What the kernel says of a lock path, where no keeper of lockstep says more. `pid` 0: not known. */
export type FlockState =
  | { readonly kind: 'free' | 'missing' | 'unknown' }
  | { readonly kind: 'held'; readonly pid: number };

/** A run that ended in the middle of its commit, and how it left this node. */
export interface Unfinished {
  readonly run: string;
  readonly who: string;
  readonly since: string;
  readonly state: 'begun' | 'new' | 'old' | 'unknown';
}

export interface LockView {
  readonly node: Node;
  /** One for each run, oldest first. */
  readonly holders: readonly SeenHolder[];
  readonly orphans: readonly Orphans[];
  readonly flock: FlockState;
}

/** Work of a run whose keeper is gone: until it ends, nobody gets the path. */
export interface Orphans {
  readonly run: string;
  readonly pids: readonly number[];
}

/** A lease must outlive a missed beat, its answer and the clocks' slack, or a healthy node frees its lock between two beats. */
export function leaseMsMin(times: { readonly heartbeatMs: number; readonly sendTimeoutMs: number }): number {
  return times.heartbeatMs + Math.min(times.heartbeatMs, times.sendTimeoutMs) + LIMITS.leaseSlackMs;
}

/** Removes trailing slashes, which are no part of a path's name. */
export function trimPath(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
