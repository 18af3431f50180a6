/** Decides whether a certificate proves a host to a user who trusts an authority (`@cert-authority`). */
import { type Certificate, certificateText, parseCertificate, untimely } from '../certificate.ts';
import { isSignatureTaken } from '../restrictions.ts';
import { isSignedBy } from '../signature.ts';

/** What a server shows: its key, or a certificate with it. */
export interface ShownKey {
  readonly plainKey: Buffer;
  readonly certificate: Certificate | undefined;
}

/** A certificate that cannot be read counts as an unknown key. */
export function readShownKey(blob: Buffer): ShownKey {
  try {
    const certificate = parseCertificate(blob);
    return { plainKey: certificate?.plainKey ?? blob, certificate };
  } catch {
    return { plainKey: blob, certificate: undefined };
  }
}

/** Returns why the certificate, by a trusted authority, does not prove a host of this name; undefined if it does. */
export function certificateProblem(
  certificate: Certificate,
  host: CertifiedHost,
  nowMs: number,
): string | undefined {
  const problem = problemOf(certificate, host, nowMs);
  return problem === undefined ? undefined : `${problem} (${certificateText(certificate)})`;
}

export interface CertifiedHost {
  /** The name as certificates have it. */
  readonly hostName: string;
  /** The list as ssh_config has it. */
  readonly caSignatureAlgorithms?: string | undefined;
}

/** As OpenSSH does: no wildcards, an empty list is every host, and no critical option is known. */
function problemOf(
  certificate: Certificate,
  { hostName, caSignatureAlgorithms }: CertifiedHost,
  nowMs: number,
): string | undefined {
  const { role, principals, criticalOptions, authority, signedPart, signature } = certificate;
  if (role !== 'host') return 'it is not for hosts';
  if (!isSignedBy(authority, signedPart, signature))
    return 'its signature is wrong, or of a kind that is not taken';
  if (!isSignatureTaken(signature, caSignatureAlgorithms))
    return 'its signature is of a kind that CASignatureAlgorithms of ssh_config leaves out';
  if (principals.length > 0 && !principals.includes(hostName)) return `it is not for ${hostName}`;
  if (criticalOptions.length > 0) return 'it has a critical option, and lockstep knows none';
  return untimely(certificate, nowMs);
}
