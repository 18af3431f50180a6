/** Host keys of all nodes of a run: each node has its own files and rules, and each set of files is read once. */
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { type Node, sshName } from '../../core/node.ts';
import { type HostConfig, plainHostConfig } from '../config/host-config.ts';
import { isTooShort } from '../restrictions.ts';
import {
  type CheckedHostKeys,
  type HostKeyRules,
  type KnownHostsFiles,
  readHostKeys,
} from './checked-host-keys.ts';
import { knownHostName } from './known-hosts.ts';
import type { HostKeySettings, HostKeys } from './policy.ts';

/** Reads the files of these nodes, or OpenSSH's own if no name is given. Rejects with `host-key-unknown` for one that exists but cannot be read. */
export async function loadHostKeys(
  settings: HostKeySettings,
  nodes: readonly Node[] = [],
): Promise<HostKeys> {
  const keys = new HostKeysOfNodes(settings);
  if (nodes.length === 0) await keys.read(plainHostConfig('localhost'));
  for (const node of nodes) await keys.load(node);
  return keys;
}

class HostKeysOfNodes implements HostKeys {
  readonly #settings: HostKeySettings;
  readonly #readings = new Map<string, Promise<CheckedHostKeys>>();
  readonly #sets = new Map<string, CheckedHostKeys>();
  #isWarned = false;

  constructor(settings: HostKeySettings) {
    this.#settings = settings;
  }

  async load(node: Node): Promise<void> {
    await this.read(this.#configOf(node));
  }

  async read(config: HostConfig): Promise<void> {
    const files = knownHostsFiles(this.#settings, config);
    const key = JSON.stringify(files);
    const rulesOf = (one: Node) => this.#rulesOf(one);
    // Nodes that load the same files at once must share what they remember of new keys.
    const reading = this.#readings.get(key) ?? readHostKeys(files, { ...this.#settings, rulesOf });
    this.#readings.set(key, reading);
    this.#sets.set(key, await reading);
    if (this.#isWarned || checkingOf(this.#settings, config) !== 'no') return;
    this.#isWarned = true;
    this.#settings.warn('host keys are not checked: anyone may answer for a node, and see what is sent');
  }

  knownTypes(node: Node): string[] {
    return this.#of(node).knownTypes(node);
  }

  hasAuthority(node: Node): boolean {
    return this.#of(node).hasAuthority(node);
  }

  refusal(node: Node, key: Buffer): LockstepError | undefined {
    if (!isTooShort(key, this.#configOf(node).others)) return this.#of(node).refusal(node, key);
    const text = 'its RSA host key is shorter than RequiredRSASize of ssh_config';
    return new LockstepError('host-key-unknown', text, { node, hint: 'the host needs a longer key' });
  }

  remember(node: Node, key: Buffer): void {
    this.#of(node).remember(node, key);
  }

  accept(node: Node, key: Buffer): void {
    this.#of(node).accept(node, key);
  }

  async written(): Promise<void> {
    await Promise.all([...this.#sets.values()].map((keys) => keys.written()));
  }

  #of(node: Node): CheckedHostKeys {
    const keys = this.#sets.get(JSON.stringify(knownHostsFiles(this.#settings, this.#configOf(node))));
    if (keys === undefined) throw new LockstepError('bug', 'known_hosts was not read for a node', { node });
    return keys;
  }

  #configOf(node: Node): HostConfig {
    return this.#settings.configOf?.(node) ?? plainHostConfig(sshName(node));
  }

  #rulesOf(node: Node): HostKeyRules {
    const { hostKeyAlias, hostName, hashKnownHosts, others } = this.#configOf(node);
    const { port } = node;
    return {
      checking: checkingOf(this.#settings, this.#configOf(node)),
      name: hostKeyAlias ?? knownHostName(hostName, port),
      hostName: hostKeyAlias ?? hostName.toLowerCase(),
      caSignatureAlgorithms: others.get('casignaturealgorithms'),
      // OpenSSH takes the same key under the bare name.
      bareName: hostKeyAlias !== undefined || port === 22 ? undefined : knownHostName(hostName, 22),
      isHashing: hashKnownHosts,
    };
  }
}

/** Without a terminal `ask` means `yes`. */
export function checkingOf(
  { hostKeys, onNew }: Pick<HostKeySettings, 'hostKeys' | 'onNew'>,
  { strictHostKeyChecking }: HostConfig,
): HostKeyRules['checking'] {
  const said = hostKeys.checking ?? strictHostKeyChecking ?? 'accept-new';
  return said === 'ask' && onNew === undefined ? 'yes' : said;
}

/** In the order of OpenSSH's defaults; new keys go to the first of the user's own. */
function knownHostsFiles(
  { hostKeys, homeDirectory }: HostKeySettings,
  { userKnownHostsFiles, globalKnownHostsFiles, revokedHostKeys: revoked }: HostConfig,
): KnownHostsFiles {
  if (hostKeys.knownHostsFile !== undefined) return { own: [hostKeys.knownHostsFile], system: [], revoked };
  const names = homeDirectory === undefined ? [] : ['.ssh/known_hosts', '.ssh/known_hosts2'];
  return {
    own: userKnownHostsFiles ?? names.map((name) => join(homeDirectory ?? '', name)),
    system: globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    revoked,
  };
}
