/** Host keys that nobody knew and that lockstep accepted. It says so as ssh does, but once for all nodes. Pure. */

import { bracketed, type Node, sshName } from '../../../core/node.ts';
import { fingerprint } from '../../../ssh/host-keys/fingerprint.ts';
import { keyTypeOf } from '../../../ssh/host-keys/known-hosts.ts';
import { foldNames } from '../../../text/fold-names.ts';

export interface AcceptedKey {
  readonly node: Node;
  readonly key: Buffer;
  /** The file that remembers the key, if one does. */
  readonly file: string | undefined;
  readonly isJump: boolean;
}

/** Words jump hosts apart from nodes, since the user has not named them as nodes. */
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

/** Shows fingerprints only of as many nodes as a person can compare; for more nodes the file has them. */
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
  node.port === 22 ? sshName(node) : `${bracketed(sshName(node))}:${node.port}`;
