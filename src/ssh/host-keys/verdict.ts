/** Judges a host key by what is known of the host. Pure. */
import { type KnownKey, keyTypeOf } from './known-hosts.ts';

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  /** Nothing is known of this host. */
  | { readonly kind: 'new' }
  /** Another key is known for this host. */
  | { readonly kind: 'changed'; readonly known: KnownKey }
  | { readonly kind: 'revoked'; readonly known: KnownKey }
  /** Only a certificate authority is known for this host. */
  | { readonly kind: 'authority'; readonly known: KnownKey };

/**
 * Judges the key that a server offers by every key known for its name.
 * A host known only by keys of other types counts as changed: otherwise a machine in the middle could hide behind a
 * type that the real host never used. (OpenSSH's accept-new adds the new type here.)
 */
export function judgeHostKey(known: readonly KnownKey[], offered: Buffer): HostKeyVerdict {
  const key = offered.toString('base64');
  const revoked = known.find((entry) => entry.marker === 'revoked' && entry.key === key);
  if (revoked !== undefined) return { kind: 'revoked', known: revoked };
  const plain = known.filter((entry) => entry.marker === 'plain');
  if (plain.some((entry) => entry.key === key)) return { kind: 'known' };
  const type = keyTypeOf(offered);
  const changed = plain.find((entry) => entry.type === type) ?? plain[0];
  if (changed !== undefined) return { kind: 'changed', known: changed };
  const authority = known.find((entry) => entry.marker === 'authority');
  return authority === undefined ? { kind: 'new' } : { kind: 'authority', known: authority };
}
