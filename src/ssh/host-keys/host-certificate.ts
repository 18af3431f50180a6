/** Whether a host's certificate proves the host, to whoever trusts an authority (`@cert-authority`). */
import { type Certificate, certificateText, parseCertificate, untimely } from '../certificate.ts';
import { isSignedBy } from '../signature.ts';

/** What a server shows: its key, perhaps in a certificate. */
export interface ShownKey {
  readonly plainKey: Buffer;
  readonly certificate: Certificate | undefined;
}

/** A certificate that cannot be read is a key that nobody knows. */
export function readShownKey(blob: Buffer): ShownKey {
  try {
    const certificate = parseCertificate(blob);
    return { plainKey: certificate?.plainKey ?? blob, certificate };
  } catch {
    return { plainKey: blob, certificate: undefined };
  }
}

/** Why the certificate, of an authority that is trusted, does not prove the host of this name; undefined where it does. */
export function certificateProblem(
  certificate: Certificate,
  hostName: string,
  nowMs: number,
): string | undefined {
  const problem = problemOf(certificate, hostName, nowMs);
  return problem === undefined ? undefined : `${problem} (${certificateText(certificate)})`;
}

/** As OpenSSH does: no wildcards, an empty list is every host, and no critical option is known. */
function problemOf(certificate: Certificate, hostName: string, nowMs: number): string | undefined {
  const { role, principals, criticalOptions, authority, signedPart, signature } = certificate;
  if (role !== 'host') return 'it is not for hosts';
  if (!isSignedBy(authority, signedPart, signature))
    return 'its signature is wrong, or of a kind that is not taken';
  if (principals.length > 0 && !principals.includes(hostName)) return `it is not for ${hostName}`;
  if (criticalOptions.length > 0) return 'it has a critical option, and none is known';
  return untimely(certificate, nowMs);
}
