/**
 * ssh2 asks the server whether a key would do before it signs with it. A key that is at hand needs no such question (RFC 4252,
 * section 7): it costs a round trip, and sshd looks the key up twice.
 */
import type { Client, ParsedKey } from 'ssh2';

type Signer = (data: Buffer, finish: (signature: Buffer) => void) => void;
type AuthPK = (username: string, key: ParsedKey, algorithm?: string, sign?: Signer) => void;

/** To be called when the client has begun to connect. Keys of an agent are still asked for: its user may have to confirm a signature. */
export function signAtOnce(client: Client): void {
  const protocol = (client as unknown as { _protocol: { authPK: AuthPK } })._protocol;
  const authPK = protocol.authPK.bind(protocol);
  protocol.authPK = (username, key, algorithm, sign) => {
    const signNow: Signer = (data, finish) => {
      const signature = key.sign(data, HASHES.get(algorithm ?? ''));
      // Asked for then, it meets the same error where ssh2 expects one.
      if (signature instanceof Error) authPK(username, key, algorithm);
      else finish(signature);
    };
    authPK(username, key, algorithm, sign ?? (key.isPrivateKey() ? signNow : undefined));
  };
}

/** Of other keys the hash is part of their type. */
const HASHES = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
  ['ssh-rsa', 'sha1'],
]);
