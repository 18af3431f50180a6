/** Why ssh could not connect: its words, sorted into our kinds of errors. */
import { type ErrorCode, LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { cut } from '../ssh2/handshake.ts';
import { complaint } from './log.ts';

export function connectFailure(node: Node, said: string, ended: string): LockstepError {
  const code = KINDS.find(([, pattern]) => pattern.test(said))?.[0] ?? 'unreachable';
  const last = complaint(said);
  return new LockstepError(code, `ssh cannot connect: ${last === '' ? ended : cut(last)}`, { node });
}

/** The first that fits; a server that refuses every key has accepted ours of the host before. */
const KINDS: readonly (readonly [ErrorCode, RegExp])[] = [
  ['host-key-revoked', /revoked host key|is marked as revoked/i],
  ['host-key-changed', /host identification has changed/i],
  ['host-key-unknown', /host key verification failed|no .* host key is known/i],
  ['auth', /permission denied|too many authentication failures/i],
];

export function missingSsh(node: Node | undefined): LockstepError {
  return new LockstepError('unreachable', 'the program ssh is not installed here, or not in PATH', {
    node,
    hint: "install OpenSSH's client, or use --transport ssh2",
  });
}
