/** Finds the keys of all nodes, once for all nodes whose ssh_config says the same about keys and agents. */
import type { HostConfig } from '../../config/host-config.ts';
import { PasswordGate } from '../password-gate.ts';
import { loadIdentities } from './identities.ts';
import type { Identities, IdentitySettings } from './identity-settings.ts';

export class Keyrings {
  readonly #settings: IdentitySettings;
  readonly #areGiven: boolean;
  readonly #gates = new Map<string, Promise<PasswordGate>>();
  /** One set of keys is found after the other, since each may ask for a passphrase. */
  #last: Promise<unknown> = Promise.resolve();

  /** `identities`: settings for every node. */
  constructor(settings: IdentitySettings, identities?: Identities) {
    this.#settings = { unlocked: new Map(), ...settings };
    this.#areGiven = identities !== undefined;
    if (identities !== undefined) this.#gates.set(EVERY_NODE, Promise.resolve(new PasswordGate(identities)));
  }

  /** Rejects when a key that the user chose cannot be used. */
  of(config: HostConfig): Promise<PasswordGate> {
    const { key, isPasswordWanted = false } = this.#settings;
    return this.#gate(config, { key, isPasswordWanted });
  }

  /** A jump host never gets the nodes' password, and gets the key of `-k` only if ssh_config names no other for it. */
  ofHop(config: HostConfig): Promise<PasswordGate> {
    const key = config.identityFiles === undefined ? this.#settings.key : undefined;
    return this.#gate(config, { key, isPasswordWanted: false });
  }

  #gate(
    { identityFiles, certificateFiles, identitiesOnly, identityAgent }: HostConfig,
    chosen: Pick<IdentitySettings, 'key' | 'isPasswordWanted'>,
  ): Promise<PasswordGate> {
    const { agentSocket } = this.#settings;
    const files = chosen.key === undefined ? identityFiles : undefined;
    const isForAll = this.#areGiven || chosen.isPasswordWanted === true;
    const key = isForAll
      ? EVERY_NODE
      : JSON.stringify([chosen, files, certificateFiles, identitiesOnly, identityAgent]);
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const settings = {
      ...this.#settings,
      ...chosen,
      identityFiles: files,
      certificateFiles,
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
