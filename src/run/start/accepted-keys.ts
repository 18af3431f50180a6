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
}

/** The fingerprint is worth telling as long as somebody can compare it: with many nodes they stand in the file. */
export function acceptedTexts(keys: readonly AcceptedKey[]): string[] {
  const [first] = keys;
  if (first === undefined) return [];
  const place =
    first.file === undefined ? 'for this run only, since there is no known_hosts for it' : first.file;
  const names = [...new Set(keys.map(({ node }) => addressOf(node)))];
  if (names.length === 1) {
    const shown = `${keyTypeOf(first.key)} ${fingerprint(first.key)}`;
    return [`accepted the host key of ${names[0]}, which was not known: ${shown} (${place})`];
  }
  return [
    `accepted the host keys of ${names.length} nodes, which were not known: ${foldNames(names)} (${place})`,
  ];
}

export const addressOf = (node: Node): string =>
  node.port === 22 ? sshName(node) : `${sshName(node)}:${node.port}`;
