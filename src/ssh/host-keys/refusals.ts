/** Why a host key is refused, for people: every key with its fingerprint, every line with its file. */
import { fingerprint } from './fingerprint.ts';
import { type KnownKey, keyTypeOf } from './known-hosts.ts';

const describeKey = (key: Buffer): string => `${keyTypeOf(key)} ${fingerprint(key)}`;

const describeKnown = (known: KnownKey): string =>
  `${known.type} ${fingerprint(Buffer.from(known.key, 'base64'))} (${place(known)})`;

/** A key that this very run accepted has no line yet. */
const place = (known: KnownKey): string =>
  known.line === 0 ? `accepted a moment ago, ${known.file}` : `${known.file}:${known.line}`;

export const changedText = (key: Buffer, known: KnownKey): string =>
  `host key has changed: the server shows ${describeKey(key)}, known is ${describeKnown(known)}`;

export const revokedText = (key: Buffer, known: KnownKey): string =>
  `host key is revoked: ${describeKey(key)} (${place(known)})`;

export const unknownText = (key: Buffer, file: string): string =>
  `host key is unknown: the server shows ${describeKey(key)}, and ${file} has no key of this host`;

export const authorityText = (key: Buffer, known: KnownKey): string =>
  `host key is unknown: the server shows ${describeKey(key)}, and the host is known only by the certificate authority ` +
  `in ${place(known)}`;

export const certificateRefusal = (key: Buffer, problem: string, authority: KnownKey): string =>
  `host certificate is refused: ${problem}; the server shows ${describeKey(key)}, and the authority is that of ${place(authority)}`;
