/** How a keeper is started: its arguments, which all may see, and its first line, which holds the run's secret. Pure. */

import { BOOT_NAME, bootInput } from '../boot.ts';
import { KEEPER_TEXT } from './keeper-text.ts';
import { type Holder, KIND_MARKS, type SeenHolder } from './replies.ts';

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
  | {
      readonly kind: 'error';
      readonly reason: string;
      readonly stage: Stage;
      /** What the node said that is none of our words: of login scripts, sudo, the shell. The end of it, where it is long. */
      readonly said: string;
    };

/**
 * How far a keeper came: `login`: nothing of ours has spoken, so its login shell, a script of that or sudo did not start us;
 * `boot`: our text did not arrive whole; `keeper`: the keeper's own word.
 */
export type Stage = 'login' | 'boot' | 'keeper';

/** By what the node said when its keeper had not. */
export function stageOf(said: string): Stage {
  return said.includes(BOOT_NAME) ? 'boot' : 'login';
}

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
  const { who, run, since, lockPath, reason, command, version, kind } = settings;
  const words = ['lockstep-keeper', who, run, since, lockPath, reason, command, version, KIND_MARKS[kind]];
  const boot = bootInput({ words, text: KEEPER_TEXT });
  return Buffer.concat([boot, Buffer.from(`${keeperStartLine(settings)}\n`)]);
}

function keeperStartLine({ token, leaseMs, graceMs, kind, make }: KeeperSettings): string {
  return `${token} ${Math.ceil(leaseMs / 1000)} ${Math.ceil(graceMs / 1000)} ${KIND_MARKS[kind]} ${make}`;
}
