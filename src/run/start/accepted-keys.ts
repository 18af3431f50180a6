/** Host keys that nobody knew and that lockstep accepted. It says so as ssh does, but once for all nodes. Pure. */

import { type Node, sshName } from '../../core/node.ts';
import { fingerprint } from '../../ssh/host-keys/fingerprint.ts';
import { keyTypeOf } from '../../ssh/host-keys/known-hosts.ts';
import { foldNames } from '../../text/fold-names.ts';

export interface AcceptedKey {
  readonly node: Node;
  readonly key: Buffer;
  /** Where it is remembered, if anywhere. */
  readonly file: string | undefined;
  readonly isJump: boolean;
}

/** Jump hosts apart: nobody has named them as nodes. */
export function acceptedTexts(keys: readonly AcceptedKey[]): string[] {
  return [
    ...textsOf(
      keys.filter(({ isJump }) => isJump),
      'jump host',
    ),
    ...textsOf(
      keys.filter(({ isJump }) => !isJump),
      'node',
    ),
  ];
}

/** The fingerprint is worth telling as long as somebody can compare it: with many nodes they stand in the file. */
function textsOf(keys: readonly AcceptedKey[], what: 'jump host' | 'node'): string[] {
  const [first] = keys;
  if (first === undefined) return [];
  const place =
    first.file === undefined ? 'for this run only, since there is no known_hosts for it' : first.file;
  const names = [...new Set(keys.map(({ node }) => addressOf(node)))];
  if (names.length === 1) {
    const shown = `${keyTypeOf(first.key)} ${fingerprint(first.key)}`;
    const whose = what === 'node' ? names[0] : `jump host ${names[0]}`;
    return [`accepted the host key of ${whose}, which was not known: ${shown} (${place})`];
  }
  const count = new Set(keys.map(({ node }) => node.id)).size;
  return [
    `accepted the host keys of ${count} ${what}s, which were not known: ${foldNames(names)} (${place})`,
  ];
}

export const addressOf = (node: Node): string =>
  node.port === 22 ? sshName(node) : `${sshName(node)}:${node.port}`;
