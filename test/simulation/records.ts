/** What the checkers know of each run. */
import type { KeeperModel } from './keeper-model.ts';
import type { SimNode } from './node.ts';
import type { Ending, Process } from './process.ts';

export interface Violation {
  readonly promise: string;
  readonly text: string;
  readonly atMs: number;
}

/** What the checkers must know of a controller. */
export interface Believer {
  readonly name: string;
  /** It is at work, and takes its locks for held. */
  readonly isSureOfLocks: boolean;
  /** So long a lost lock may go unnoticed, while the controller itself is well. */
  readonly noticeMs: number;
  wasFrozenSince(atMs: number): boolean;
}

/** What one run has on one node. */
export interface Holding {
  readonly keeper: KeeperModel;
  isFree: boolean;
  /** Its keeper let go, and was not killed: then nothing may be left, or begin. */
  isLetGo: boolean;
  fedAtMs: number;
  leaseMs: number;
}

export interface Run {
  readonly controller: Believer;
  readonly nodes: readonly SimNode[];
  readonly holdings: Map<SimNode, Holding>;
  readonly waitsAt: Set<SimNode>;
  /** Its commands and tools that are at work, by node. */
  readonly work: Map<Process, SimNode>;
  /** How the commands of each node ended, in order. */
  readonly endings: Map<SimNode, Ending[]>;
  /** The SYNC lines in the order in which the first tool heard each, and how many of them each has heard. */
  readonly syncs: string[];
  readonly heard: Map<SimNode, number>;
}

/** Whether these two may never hold at once. Every lock also holds / shared. */
export function exclude(one: KeeperModel, other: KeeperModel): boolean {
  if (one.kind === 'n' || other.kind === 'n') return false;
  const isWhole = ({ kind, lockPath }: KeeperModel) => kind === 'x' && lockPath === '/';
  if (one.lockPath !== other.lockPath) return isWhole(one) || isWhole(other);
  return one.kind === 'x' || other.kind === 'x';
}
