/** Reads the user certificates in files: those that ssh_config names, else those beside the keys. */
import { LIMITS } from '../../../core/limits/limits.ts';
import { type Certificate, certificateText, parseCertificate, untimely } from '../../certificate.ts';
import { readSmallFile } from '../../read-file.ts';

export interface NamedCertificate {
  readonly path: string;
  readonly certificate: Certificate;
}

/** A key to which a certificate may belong; its public half is in base64, if known. */
export interface KeyAtHand {
  readonly path: string | undefined;
  readonly plainKey: string | undefined;
}

export interface Certificates {
  of(plainKey: string): readonly NamedCertificate[];
}

/** `named`: CertificateFile, instead of `KEY-cert.pub`. `notes` collects why it does not use a certificate. */
export async function readCertificates(
  named: readonly string[],
  keys: readonly KeyAtHand[],
  notes: string[],
): Promise<Certificates> {
  const byKey = new Map<string, NamedCertificate[]>();
  const paths =
    named.length > 0 ? named : keys.flatMap(({ path }) => (path === undefined ? [] : [besideKey(path)]));
  for (const path of new Set(paths)) {
    const read = await readCertificateFile(path);
    if (read === undefined && named.length === 0) continue;
    const certificate = typeof read === 'object' ? read : undefined;
    const plainKey = certificate?.plainKey.toString('base64');
    const problem =
      certificate === undefined ? (read ?? 'no such file') : problemOf(certificate, plainKey, keys);
    if (problem !== undefined) notes.push(unusedText(path, problem as string, certificate));
    else if (certificate !== undefined && plainKey !== undefined)
      byKey.set(plainKey, [...(byKey.get(plainKey) ?? []), { path, certificate }]);
  }
  return { of: (plainKey) => byKey.get(plainKey) ?? [] };
}

/** Returns why a certificate cannot log in now. */
export function unusableReason(certificate: Certificate): string | undefined {
  if (certificate.role !== 'user') return 'it is not for users';
  return untimely(certificate, Date.now());
}

export function unusedText(place: string, problem: string, certificate: Certificate | undefined): string {
  const holds = certificate === undefined ? '' : ` (${certificateText(certificate)})`;
  return `the certificate ${place} was not used: ${problem}${holds}`;
}

const besideKey = (path: string): string => `${path.replace(/\.pub$/, '')}-cert.pub`;

function problemOf(
  certificate: Certificate,
  plainKey: string | undefined,
  keys: readonly KeyAtHand[],
): string | undefined {
  if (!keys.some((key) => key.plainKey === plainKey)) return 'the key that it is for is not at hand';
  return unusableReason(certificate);
}

/** Returns undefined if there is none, or a text that says why it cannot be read and shows nothing of it. */
async function readCertificateFile(path: string): Promise<Certificate | string | undefined> {
  const file = await readSmallFile(path, LIMITS.keyFileBytesMax);
  if (file.kind === 'missing') return undefined;
  if (file.kind === 'unreadable') return `cannot read it: ${file.reason}`;
  const [, encoded = ''] = file.text.trim().split(/\s+/);
  try {
    return parseCertificate(Buffer.from(encoded, 'base64')) ?? NO_CERTIFICATE;
  } catch {
    return NO_CERTIFICATE;
  }
}

const NO_CERTIFICATE = 'it is damaged, or no certificate that lockstep knows';
