/** Turns keys as `openssl genpkey` writes them (PKCS#8), which ssh2 does not read, into a form that it does. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { formatOpenSshKey } from './openssh-key.ts';

export function isPkcs8(text: string): boolean {
  return /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text);
}

/** Returns undefined for a text that does not open, or is no key for SSH. Errors show nothing of the key. */
export function fromPkcs8(text: string, passphrase?: string): string | undefined {
  try {
    return convert(createPrivateKey({ key: text, format: 'pem', ...(passphrase ? { passphrase } : {}) }));
  } catch {
    return undefined;
  }
}

function convert(key: KeyObject): string | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString();
    case 'ed25519': {
      const { d = '', x = '' } = key.export({ format: 'jwk' });
      return formatOpenSshKey({ seed: Buffer.from(d, 'base64url'), point: Buffer.from(x, 'base64url') });
    }
    default:
      return undefined;
  }
}
