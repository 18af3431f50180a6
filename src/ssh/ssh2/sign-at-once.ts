/**
 * ssh2 asks the server whether it would accept a key before it signs with it. A key at hand needs no such question
 * (RFC 4252, section 7): it costs a round trip, and sshd looks the key up twice. ssh2 also knows no certificates and no
 * tokens, so this writes the packet with their signature.
 */
import type { Client, ParsedKey } from 'ssh2';
import { field } from '../wire.ts';
import type { ProofKey } from './keys/proof.ts';

type Signer = (data: Buffer, finish: (signature: Buffer) => void) => void;
type AuthPK = (username: string, key: ParsedKey, algorithm?: string, sign?: Signer) => void;

interface PacketWriter {
  readonly allocStart: number;
  alloc(bytes: number): Buffer;
  finalize(packet: Buffer): unknown;
}

interface Protocol {
  authPK: AuthPK;
  readonly _packetRW: { readonly write: PacketWriter };
}

/** Must run once the client has begun to connect. */
export function signAtOnce(client: Client): void {
  const protocol = (client as unknown as { _protocol: Protocol })._protocol;
  const authPK = protocol.authPK.bind(protocol);
  protocol.authPK = (username, key, algorithm, sign) => {
    if (isProof(key)) {
      const { proof } = key;
      if (sign === undefined && proof.isDear) return authPK(username, key, algorithm);
      return authPK(username, key, algorithm, (data, finish) => {
        const send = (signature: Buffer) => {
          writeSigned(protocol._packetRW.write, data, signature);
          finish(Buffer.alloc(1));
        };
        const fail = (error: unknown) => {
          key.failure = error instanceof Error ? error.message : String(error);
          // ssh2's signer will meet the same failure, and go on with the next key.
          if (sign === undefined) authPK(username, key, algorithm);
          else sign(data, finish);
        };
        proof.sign(data, algorithm ?? proof.algorithm).then(send, fail);
      });
    }
    const signNow: Signer = (data, finish) => {
      const signature = key.sign(data, HASHES.get(algorithm ?? ''));
      // ssh2 asks for it later, and meets the same error where it expects one.
      if (signature instanceof Error) authPK(username, key, algorithm);
      else finish(signature);
    };
    return authPK(username, key, algorithm, sign ?? (key.isPrivateKey() ? signNow : undefined));
  };
}

const isProof = (key: ParsedKey): key is ProofKey => 'proof' in key;

/** Makes the next packet of the signed data, without the session's id, and its signature. */
function writeSigned(write: PacketWriter, signed: Buffer, signature: Buffer): void {
  const finalize = write.finalize;
  write.finalize = (_packet) => {
    write.finalize = finalize;
    const body = Buffer.concat([signed.subarray(4 + signed.readUInt32BE()), field(signature)]);
    const packet = write.alloc(body.length);
    packet.set(body, write.allocStart);
    return finalize.call(write, packet);
  };
}

/** Other keys have the hash as part of their type. */
const HASHES = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
  ['ssh-rsa', 'sha1'],
]);
