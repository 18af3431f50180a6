/**
 * ssh-agent, asked once for its keys, and for few signatures at a time: ssh2 opens a new connection to the
 * agent for each request, and an agent drops them when there are too many.
 */
import type { BaseAgent, OpenSSHAgent, ParsedKey, SignCallback, SigningRequestOptions } from 'ssh2';
import ssh2 from 'ssh2';
import { LIMITS } from '../../core/limits.ts';

export interface AgentKey {
  readonly key: ParsedKey;
  /** What ssh2 takes as an agent that holds this key alone. */
  readonly agent: BaseAgent;
}

/**
 * The keys of the agent behind the unix socket, in its order, without those that ssh2 cannot use
 * (certificates, security tokens). Rejects with a plain Error when there is no agent, or it is silent; `onSlow` is told of
 * the wait.
 */
export async function listAgentKeys(socketPath: string, onSlow: () => void = () => {}): Promise<AgentKey[]> {
  const agent = new ssh2.OpenSSHAgent(socketPath);
  const signer = new QueuedSigner(agent);
  const keys = await new Promise<ParsedKey[]>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not answer')), LIMITS.agentTimeoutMs);
    const slow = setTimeout(onSlow, LIMITS.agentPatienceMs);
    agent.getIdentities((error, found) => {
      clearTimeout(timer);
      clearTimeout(slow);
      if (error) reject(error);
      else resolve((found ?? []).filter((key): key is ParsedKey => 'getPublicSSH' in key));
    });
  });
  return keys.map((key) => ({ key, agent: new OneKeyAgent(key, signer) }));
}

/** One key for one attempt, so that lockstep itself knows which keys were tried, and in which order. */
class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #key: ParsedKey;
  readonly #signer: QueuedSigner;

  constructor(key: ParsedKey, signer: QueuedSigner) {
    super();
    this.#key = key;
    this.#signer = signer;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.#key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const settings = typeof options === 'function' ? {} : options;
    const done = typeof options === 'function' ? options : callback;
    if (isSha1(key, settings.hash)) done?.(new Error(SHA1_REFUSAL));
    else this.#signer.sign(key, data, settings, (error, signature) => done?.(error, signature));
  }
}

class QueuedSigner {
  readonly #agent: OpenSSHAgent;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(agent: OpenSSHAgent) {
    this.#agent = agent;
  }

  sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions, done: SignCallback): void {
    const start = () => {
      this.#running += 1;
      this.#agent.sign(key, data, options, (error, signature) => {
        this.#running -= 1;
        this.#waiting.shift()?.();
        done(error, signature);
      });
    };
    if (this.#running < LIMITS.agentSignsAtOnce) start();
    else this.#waiting.push(start);
  }
}

export const SHA1_REFUSAL = 'the server takes only SHA-1 signatures of an RSA key';

/** ssh2 falls back to SHA-1 for a server that does not name its algorithms; OpenSSH no longer does. */
export function isSha1(key: ParsedKey, hash: string | undefined): boolean {
  return key.type === 'ssh-rsa' && hash !== 'sha256' && hash !== 'sha512';
}
