/** How a keeper is started: its arguments, which all may see, and its first line, which holds the run's secret. Pure. */

import type { Holder, SeenHolder } from '../../core/lock.ts';
import type { Become } from '../become.ts';
import { bootInput } from '../boot.ts';
import { KEEPER_TEXT } from '../texts.ts';
import type { Unstarted } from '../unusable.ts';
import { KIND_MARKS } from './replies.ts';

export interface KeeperSettings {
  /** Public: it stands in the keeper's arguments, for those who meet the lock. */
  readonly record: Holder;
  /** Secret: marks the keeper's lines. */
  readonly token: string;
  /** From here in the words of the request, whose parts are handed on whole. */
  readonly leaseMs: number;
  readonly killGraceMs: number;
  /** Where the lock path is missing. `above`: nothing is made, and the nearest directory above it is locked. */
  readonly makes: 'directory' | 'file' | 'none' | 'above';
  readonly become: Become | undefined;
}

/** Why a node did not give its lock. */
export type Refusal =
  /** No holders: none that this account can see. */
  | { readonly kind: 'locked'; readonly holders: readonly SeenHolder[] }
  | { readonly kind: 'draining'; readonly pids: readonly number[]; readonly run: string }
  | { readonly kind: 'error'; readonly reason: string }
  /** Not one word of the keeper's. */
  | ({ readonly kind: 'unstarted' } & Unstarted);

/** One copy for all nodes of a run: a thousand of them would be 10 MB. */
const inputs = new WeakMap<KeeperSettings, Buffer>();

/**
 * The words behind its name are the record of who holds the lock; `parseReply` reads them back, in this order. The last
 * line, with the secret, is the first that the keeper's text reads.
 */
export function keeperInput(settings: KeeperSettings): Buffer {
  const known = inputs.get(settings) ?? buildInput(settings);
  inputs.set(settings, known);
  return known;
}

function buildInput(settings: KeeperSettings): Buffer {
  const { who, run, since, lockPath, reason, command, version, kind } = settings.record;
  const words = ['lockstep-keeper', who, run, since, lockPath, reason, command, version, KIND_MARKS[kind]];
  // `pkill -f flock` on a node gives an orgalorg's lock up, and so it does ours; the word is not read back.
  if (kind === 'exclusive' || kind === 'shared') words.push('flock');
  const boot = bootInput({ words, text: KEEPER_TEXT });
  return Buffer.concat([boot, Buffer.from(`${keeperStartLine(settings)}\n`)]);
}

function keeperStartLine({ record, token, leaseMs, killGraceMs, makes }: KeeperSettings): string {
  return `${token} ${Math.ceil(leaseMs / 1000)} ${Math.ceil(killGraceMs / 1000)} ${KIND_MARKS[record.kind]} ${makes}`;
}
