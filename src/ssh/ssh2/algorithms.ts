/**
 * The algorithms that lockstep offers in the handshake; it never uses ssh2's own lists, which still hold SHA-1.
 * Order: curve25519 and AES-GCM cost least on both sides. chacha20-poly1305 is not among them: without strict key
 * exchange it is open to the Terrapin attack, and in ssh2 it is slow. Compression would run on the one thread.
 * Hosts for which ssh_config names older algorithms are offered those.
 */
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import { LockstepError } from '../../core/errors.ts';
import { changeList } from '../config/algorithm-list.ts';
import type { HostConfig } from '../config/host-config.ts';
import { keyTypeOfAlgorithm } from '../signature.ts';

/** Algorithms for a connection to a host, with the types of its known keys (none: an empty list). Throws LockstepError `unreachable`. */
export function offeredAlgorithms(knownTypes: readonly string[], wishes: AlgorithmWishes = {}): Algorithms {
  const { hostKeyAlgorithms } = wishes;
  const isWhole = hostKeyAlgorithms !== undefined && /^[^+-]/.test(hostKeyAlgorithms);
  const hostKeys = isWhole ? HOST_KEY_ALGORITHMS : orderHostKeyAlgorithms(knownTypes);
  return {
    kex: chosen('KexAlgorithms', wishes.kexAlgorithms, { by: KEX, also: KEX_WHEN_NAMED }),
    serverHostKey: chosen('HostKeyAlgorithms', hostKeyAlgorithms, {
      by: hostKeys,
      also: HOST_KEYS_WHEN_NAMED,
    }),
    cipher: chosen('Ciphers', wishes.ciphers, { by: CIPHERS, also: CIPHERS_WHEN_NAMED }),
    hmac: chosen('MACs', wishes.macs, { by: MACS, also: MACS_WHEN_NAMED }),
    compress: ['none'],
  };
}

/** Returns the keyword of ssh_config that leaves none of lockstep's algorithms; undefined if none does. */
export function unmetKeyword(wishes: AlgorithmWishes): string | undefined {
  const offers: readonly (readonly [string, string | undefined, Offer<string>])[] = [
    ['KexAlgorithms', wishes.kexAlgorithms, { by: KEX, also: KEX_WHEN_NAMED }],
    ['HostKeyAlgorithms', wishes.hostKeyAlgorithms, { by: HOST_KEY_ALGORITHMS, also: HOST_KEYS_WHEN_NAMED }],
    ['Ciphers', wishes.ciphers, { by: CIPHERS, also: CIPHERS_WHEN_NAMED }],
    ['MACs', wishes.macs, { by: MACS, also: MACS_WHEN_NAMED }],
  ];
  return offers.find(
    ([, written, offer]) => written !== undefined && namesIn(written, offer).length === 0,
  )?.[0];
}

/** Returns the algorithms of host certificates that ssh_config allows, for hosts that an authority may vouch for. */
export function certificateAlgorithms({ hostKeyAlgorithms = '' }: AlgorithmWishes = {}): string[] {
  const all = HOST_KEY_ALGORITHMS.map((name) => `${name}-cert-v01@openssh.com`);
  if (hostKeyAlgorithms === '' || /^[+^]/.test(hostKeyAlgorithms)) return all;
  return [...changeList(hostKeyAlgorithms, all, all)];
}

/** The lists, as ssh_config has them. */
export type AlgorithmWishes = Partial<
  Pick<HostConfig, 'ciphers' | 'kexAlgorithms' | 'macs' | 'hostKeyAlgorithms'>
>;

/** `by`: what lockstep offers by default. `also`: algorithms that only ssh_config can add. */
interface Offer<Name extends string> {
  readonly by: readonly Name[];
  readonly also: readonly Name[];
}

function chosen<Name extends string>(
  keyword: string,
  written: string | undefined,
  offer: Offer<Name>,
): Name[] {
  const names = namesIn(written, offer);
  if (names.length > 0) return names;
  const text = `${keyword} of ssh_config leaves nothing that lockstep knows: ${written}`;
  throw new LockstepError('unreachable', text, {
    hint: `it knows ${[...offer.by, ...offer.also].join(', ')}`,
  });
}

function namesIn<Name extends string>(written: string | undefined, { by, also }: Offer<Name>): Name[] {
  if (written === undefined) return [...by];
  return [...changeList(written, by, [...by, ...also])] as Name[];
}

const KEX: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group14-sha256',
];
const KEX_WHEN_NAMED: readonly KexAlgorithm[] = [
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group15-sha512',
  'diffie-hellman-group17-sha512',
  'diffie-hellman-group-exchange-sha1',
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group1-sha1',
];
const CIPHERS: readonly CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
];
const CIPHERS_WHEN_NAMED = [
  'chacha20-poly1305@openssh.com',
  'aes128-cbc',
  'aes192-cbc',
  'aes256-cbc',
  '3des-cbc',
] as CipherAlgorithm[];
const MACS: readonly MacAlgorithm[] = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
const MACS_WHEN_NAMED: readonly MacAlgorithm[] = ['hmac-sha1-etm@openssh.com', 'hmac-sha1', 'hmac-md5'];

/** A server picks the first algorithm that it has: known types go first, so that it shows a key that can be compared. */
export function orderHostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: ServerHostKeyAlgorithm) => knownTypes.includes(keyTypeOfAlgorithm(algorithm));
  return [...HOST_KEY_ALGORITHMS.filter(isKnown), ...HOST_KEY_ALGORITHMS.filter((one) => !isKnown(one))];
}

const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

const HOST_KEYS_WHEN_NAMED: readonly ServerHostKeyAlgorithm[] = ['ssh-rsa', 'ssh-dss'];
