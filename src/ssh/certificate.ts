/** OpenSSH's certificates (PROTOCOL.certkeys): a public key with its owner and times, signed by an authority. */
import { quoteInput } from '../text/quote-input.ts';
import { field, WireReader } from './wire.ts';

export interface Certificate {
  /** The whole certificate, as SSH sends it. */
  readonly blob: Buffer;
  /** E.g. `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  /** The type of the public key inside the certificate. */
  readonly plainType: string;
  readonly plainKey: Buffer;
  readonly role: 'user' | 'host' | 'other';
  readonly keyId: string;
  /** Who may use it; empty means everybody, if the checker allows that. */
  readonly principals: readonly string[];
  /** Seconds since 1970. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: readonly string[];
  readonly authority: Buffer;
  /** What the authority signed, and the signature. */
  readonly signedPart: Buffer;
  readonly signature: Buffer;
}

/** Undefined for a public key that is no certificate. Throws a plain Error for a damaged certificate. */
export function parseCertificate(blob: Buffer): Certificate | undefined {
  const reader = new WireReader(blob);
  const type = reader.text();
  const plainType = certifiedType(type);
  if (plainType === undefined) return undefined;
  reader.field();
  const parts = Array.from({ length: KEY_FIELDS.get(plainType) ?? 0 }, () => field(reader.field()));
  reader.uint64();
  const role = ROLES.get(reader.uint32()) ?? 'other';
  const keyId = reader.text();
  const principals = new WireReader(reader.field()).fields().map((one) => one.toString('utf8'));
  const [validAfter, validBefore] = [reader.uint64(), reader.uint64()];
  const options = new WireReader(reader.field()).fields();
  const criticalOptions = options.filter((_, index) => index % 2 === 0).map((one) => one.toString('utf8'));
  reader.field();
  reader.field();
  const authority = reader.field();
  const signedPart = blob.subarray(0, reader.offset);
  const signature = reader.field();
  if (!reader.isAtEnd) throw new Error('bytes follow its end');
  const plainKey = Buffer.concat([field(plainType), ...parts]);
  return {
    blob,
    type,
    plainType,
    plainKey,
    role,
    keyId,
    principals,
    validAfter,
    validBefore,
    criticalOptions,
    authority,
    signedPart,
    signature,
  };
}

/** Returns the type of the key in a certificate of this type; undefined if the type is no certificate's. */
export function certifiedType(type: string): string | undefined {
  const plain = /^(.+)-cert-v01@openssh\.com$/.exec(type)?.[1];
  if (plain === undefined) return undefined;
  const name = plain.startsWith('sk-') ? `${plain}@openssh.com` : plain;
  return KEY_FIELDS.has(name) ? name : undefined;
}

/** The number of fields that make up the key itself. */
const KEY_FIELDS = new Map([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519@openssh.com', 2],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 3],
]);

const ROLES = new Map<number, 'user' | 'host'>([
  [1, 'user'],
  [2, 'host'],
]);

/** Returns why the certificate is not valid at this time; undefined if it is. */
export function untimely({ validAfter, validBefore }: Certificate, nowMs: number): string | undefined {
  const now = BigInt(Math.floor(nowMs / 1000));
  if (now < validAfter) return `it is not valid before ${timeText(validAfter)}`;
  return now >= validBefore ? `it expired at ${timeText(validBefore)}` : undefined;
}

/** Describes for people what the certificate holds. */
export function certificateText({ keyId, principals, validBefore }: Certificate): string {
  const whose = principals.length === 0 ? 'every account' : principals.map(quoteInput).join(', ');
  const until = validBefore === FOR_EVER ? 'for ever' : `until ${timeText(validBefore)}`;
  return `certificate ${quoteInput(keyId)} for ${whose}, valid ${until}`;
}

const FOR_EVER = 2n ** 64n - 1n;

/** A date beyond those of JavaScript counts as for ever. */
function timeText(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().replace('.000Z', 'Z');
}
