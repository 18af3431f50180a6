/** Unknown host keys, if lockstep must ask about them (`ask`): all of a run at once, equal ones together. */
import type { Node } from '../../../core/node.ts';
import { fingerprint } from '../../../ssh/host-keys/fingerprint.ts';
import { keyTypeOf } from '../../../ssh/host-keys/known-hosts.ts';
import type { HostKeys } from '../../../ssh/host-keys/policy.ts';
import { foldNames } from '../../../text/fold-names.ts';
import { addressOf } from './accepted-keys.ts';

interface NewKey {
  readonly node: Node;
  readonly key: Buffer;
}

export class NewKeys {
  #waiting: NewKey[] = [];

  add(node: Node, key: Buffer): void {
    const isThere = this.#waiting.some((one) => one.node.id === node.id && one.key.equals(key));
    if (!isThere) this.#waiting.push({ node, key });
  }

  /** Resolves to true if there were such keys and the user has accepted them. */
  async settle(
    hostKeys: Pick<HostKeys, 'accept'>,
    confirm: (question: string) => Promise<boolean>,
  ): Promise<boolean> {
    const keys = this.#waiting;
    this.#waiting = [];
    if (keys.length === 0 || !(await confirm(questionAbout(keys)))) return false;
    for (const { node, key } of keys) hostKeys.accept(node, key);
    return true;
  }
}

/** The question shows every fingerprint, since one yes accepts all of them. */
export function questionAbout(keys: readonly NewKey[]): string {
  const byKey = new Map<string, NewKey[]>();
  for (const one of keys) {
    const shown = `${keyTypeOf(one.key)} ${fingerprint(one.key)}`;
    byKey.set(shown, [...(byKey.get(shown) ?? []), one]);
  }
  const lines = [...byKey].map(([shown, those]) => {
    const names = [...new Set(those.map(({ node }) => addressOf(node)))];
    return `  ${shown}  ${foldNames(names)}\n`;
  });
  const count = new Set(keys.map(({ node }) => addressOf(node))).size;
  const whose = count === 1 ? 'one node' : `${count} nodes`;
  return `the host keys of ${whose} are not known:\n${lines.join('')}accept and remember them? (yes/no) `;
}
