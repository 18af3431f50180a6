/** Finds out why ssh could not connect: sorts its words into lockstep's kinds of errors. */
import { type ErrorCode, LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { cut } from '../cut.ts';
import { DroppedError } from '../dropped.ts';
import { TICKET_HINT } from '../kerberos.ts';
import { complaints } from './log.ts';

export interface Ended {
  readonly ended: string;
  /** A ProxyCommand leads there; its end looks as if the server had dropped the connection. */
  readonly isByCommand: boolean;
}

export function connectFailure(node: Node, said: string, { ended, isByCommand }: Ended): LockstepError {
  const [code, pattern] = KINDS.find((kind) => kind[1].test(said)) ?? (['unreachable', NO_WAY] as const);
  const lines = complaints(said);
  // ssh says what is wrong with one jump host, and then that all hosts behind it were closed.
  const words = lines.find((line) => pattern.test(line)) ?? lines.at(-1);
  const isDropped = code === 'unreachable' && !isByCommand && DROPPED.test(said) && !NO_WAY.test(said);
  const Kind = isDropped ? DroppedError : LockstepError;
  // ssh lists in brackets what the server would have taken.
  const hint = code === 'auth' && /\bgssapi-/.test(words ?? '') ? { hint: TICKET_HINT } : {};
  return new Kind(code, `ssh cannot connect: ${words === undefined ? ended : cut(words)}`, { node, ...hint });
}

/** The first pattern that matches counts; a server that refuses every key comes after the host key was accepted. */
const KINDS: readonly (readonly [ErrorCode, RegExp])[] = [
  ['host-key-revoked', /revoked host key|is marked as revoked/i],
  ['host-key-changed', /host identification has changed/i],
  ['host-key-unknown', /host key verification failed|no .* host key is known/i],
  ['auth', /permission denied|too many authentication failures/i],
];

/** Servers and jump hosts drop connections before the login when there are more than their MaxStartups. */
const DROPPED = /^(?:kex_exchange_identification|banner exchange): .*connection (?:closed|reset)/im;
/** A jump host that cannot be used closes the connection of the node behind it as well. */
const NO_WAY = /connect to host|resolve hostname|forwarding request failed|open failed/i;
