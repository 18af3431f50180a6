/** Collects keywords of ssh_config that not every transport obeys. Pure. */
import type { Said } from './evaluate.ts';
import type { Keyword } from './keywords.ts';

const OTHERS = [
  'bindinterface',
  'casignaturealgorithms',
  'compression',
  'controlmaster',
  'forkafterauthentication',
  'forwardagent',
  'gssapiauthentication',
  'hostbasedauthentication',
  'knownhostscommand',
  'localcommand',
  'pkcs11provider',
  'proxyusefdpass',
  'pubkeyacceptedalgorithms',
  'refuseconnection',
  'remotecommand',
  'requiredrsasize',
  'verifyhostkeydns',
] as const satisfies readonly Keyword[];

export type Other = (typeof OTHERS)[number];

/** The value has the keyword as written. */
export function othersOf({ first }: Said): ReadonlyMap<Other, string> {
  const said = new Map<Other, string>();
  for (const keyword of OTHERS) {
    const kept = first.get(keyword);
    if (kept !== undefined) said.set(keyword, kept.values.join(' '));
  }
  return said;
}
