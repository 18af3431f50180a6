/** How a keeper is started: its command, which all may see, and its first line, which holds the run's secret. Pure. */

import { quoteAll } from '../quote.ts';
import { asRoot } from '../speech.ts';
import { KEEPER_TEXT } from './keeper-text.ts';
import type { Holder, SeenHolder } from './replies.ts';

/** The public part, a holder's, stands in the keeper's arguments and is shown to those who meet the lock. */
export interface KeeperSettings extends Holder {
  /** Secret: marks the keeper's lines. */
  readonly token: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly make: 'directory' | 'file' | 'none';
  readonly sudo: boolean;
}

/** Why a node did not give its lock. */
export type Refusal =
  /** No holders: none that this account can see. */
  | { readonly kind: 'locked'; readonly holders: readonly SeenHolder[] }
  | { readonly kind: 'draining'; readonly pids: readonly number[]; readonly run: string }
  | { readonly kind: 'error'; readonly reason: string };

/** One text for all nodes of a run: a thousand copies of it would be 10 MB. */
const commands = new WeakMap<KeeperSettings, string>();

/** The words behind the text are the record of who holds the lock; `parseReply` reads them back, in this order. */
export function keeperCommand(settings: KeeperSettings): string {
  const known = commands.get(settings) ?? buildCommand(settings);
  commands.set(settings, known);
  return known;
}

function buildCommand(settings: KeeperSettings): string {
  const { who, run, since, lockPath, reason, command, version, kind, sudo } = settings;
  const record = [who, run, since, lockPath, reason, command, version, kind];
  return `exec ${asRoot(sudo)}sh -c ${quoteAll([KEEPER_TEXT, 'lockstep-keeper', ...record])}`;
}

export function keeperStartLine({ token, leaseMs, graceMs, kind, make }: KeeperSettings): string {
  return `${token} ${Math.ceil(leaseMs / 1000)} ${Math.ceil(graceMs / 1000)} ${kind} ${make}`;
}
