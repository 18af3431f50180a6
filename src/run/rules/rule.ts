/** A rule about what goes together in a request. */
import type { RunRequest } from '../request/request.ts';

export interface Asked {
  readonly request: RunRequest;
  /** LOCKSTEP_SESSION is set: the nodes are already known. */
  readonly isInSession: boolean;
}

export interface Refusal {
  /** The field, and its mistake. */
  readonly request: string;
  readonly line: string;
  readonly hint: string;
}

export interface Rule extends Refusal {
  readonly isBroken: (asked: Asked) => boolean;
}
