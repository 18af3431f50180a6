/** The keys that ssh-agent holds, with certificates and those of security tokens, and their signatures. */
import { LIMITS } from '../../../core/limits/limits.ts';
import { type Certificate, parseCertificate } from '../../certificate.ts';
import { keyTypeOf } from '../../host-keys/known-hosts.ts';
import { field, uint32, WireReader } from '../../wire.ts';
import { AgentClient } from './agent-client.ts';
import { KEY_TYPES } from './proof.ts';

export interface AgentKey {
  readonly comment: string;
  /** As the agent names it: the public key, or its certificate. */
  readonly blob: Buffer;
  /** The public key alone, in base64. */
  readonly plainKey: string;
  readonly certificate: Certificate | undefined;
  /** The signature as SSH sends it; `algorithm`: that of the login. Rejects with a plain Error when the agent refuses. */
  sign(data: Buffer, algorithm: string): Promise<Buffer>;
}

/**
 * In the agent's order, without the types that lockstep does not know. Rejects with a plain Error when there is no agent,
 * or it is silent. Calls `onSlow` while it waits.
 */
export async function listAgentKeys(socketPath: string, onSlow: () => void = () => {}): Promise<AgentKey[]> {
  const client = new AgentClient(socketPath);
  const reply = await withPatience(client.request(Buffer.from([REQUEST_IDENTITIES])), onSlow);
  const reader = new WireReader(reply);
  if (reader.uint8() !== IDENTITIES_ANSWER) throw new Error('it does not list its keys');
  const count = reader.uint32();
  const keys: AgentKey[] = [];
  for (let index = 0; index < count; index++) {
    const key = agentKey(client, Buffer.from(reader.field()), reader.text());
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

function agentKey(client: AgentClient, blob: Buffer, comment: string): AgentKey | undefined {
  const certificate = certificateOrNone(blob);
  const plain = certificate?.plainKey ?? blob;
  if (!KEY_TYPES.has(keyTypeOf(plain) ?? '')) return undefined;
  const sign = async (data: Buffer, algorithm: string) => {
    const flags = uint32(signFlags(algorithm));
    const message = Buffer.concat([Buffer.from([SIGN_REQUEST]), field(blob), field(data), flags]);
    const reader = new WireReader(await client.request(message));
    if (reader.uint8() !== SIGN_RESPONSE) throw new Error('ssh-agent refused to sign');
    return Buffer.from(reader.field());
  };
  return { comment, blob, plainKey: plain.toString('base64'), certificate, sign };
}

function certificateOrNone(blob: Buffer): Certificate | undefined {
  try {
    return parseCertificate(blob);
  } catch {
    // Lockstep does not log in with keys of this type.
    return undefined;
  }
}

/** For RSA the agent must hear which hash to use. */
function signFlags(algorithm: string): number {
  if (algorithm.startsWith('rsa-sha2-256')) return 2;
  return algorithm.startsWith('rsa-sha2-512') ? 4 : 0;
}

async function withPatience<T>(waiting: Promise<T>, onSlow: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const slow = setTimeout(onSlow, LIMITS.agentPatienceMs);
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it does not answer')), LIMITS.agentTimeoutMs);
  });
  try {
    return await Promise.race([waiting, silence]);
  } finally {
    clearTimeout(timer);
    clearTimeout(slow);
  }
}
