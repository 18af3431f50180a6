/** A rule about what can be asked for together. */
import type { RunRequest } from '../request/request.ts';

export interface Asked {
  readonly request: RunRequest;
  /** LOCKSTEP_SESSION is set: the nodes are known already. */
  readonly isInSession: boolean;
}

export interface Refusal {
  /** The field, and what is wrong with it. */
  readonly request: string;
  readonly line: string;
  readonly hint: string;
}

export interface Rule extends Refusal {
  readonly isBroken: (asked: Asked) => boolean;
}
