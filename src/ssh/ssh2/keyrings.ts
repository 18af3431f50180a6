/** The keys of all nodes: found once for all to which ssh_config says the same of keys and agents. */
import type { HostConfig } from '../config/host-config.ts';
import { type Identities, type IdentitySettings, loadIdentities } from './identities.ts';
import { PasswordGate } from './password-gate.ts';

export class Keyrings {
  readonly #settings: IdentitySettings;
  readonly #gates = new Map<string, Promise<PasswordGate>>();
  /** One after the other: each may ask for a passphrase. */
  #last: Promise<unknown> = Promise.resolve();

  /** `identities`: those of every node. */
  constructor(settings: IdentitySettings, identities?: Identities) {
    this.#settings = settings;
    if (identities !== undefined) this.#gates.set(EVERY_NODE, Promise.resolve(new PasswordGate(identities)));
  }

  /** Rejects where a key that was chosen cannot be used. */
  of(config: HostConfig): Promise<PasswordGate> {
    const { identityFiles, identitiesOnly, identityAgent } = config;
    const { key: chosen, isPasswordWanted, agentSocket } = this.#settings;
    const isForAll = this.#gates.has(EVERY_NODE) || isPasswordWanted === true;
    const files = chosen === undefined ? identityFiles : undefined;
    const key = isForAll ? EVERY_NODE : JSON.stringify([files, identitiesOnly, identityAgent]);
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const settings = {
      ...this.#settings,
      identityFiles: files,
      isOnlyOfFiles: identitiesOnly,
      agentSocket: identityAgent === 'none' ? undefined : (identityAgent ?? agentSocket),
    };
    const gate = this.#last.then(async () => new PasswordGate(await loadIdentities(settings)));
    this.#last = gate.catch(() => {});
    this.#gates.set(key, gate);
    return gate;
  }
}

const EVERY_NODE = '';
