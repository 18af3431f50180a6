/** Finds hosts whose only key lives in a security token and in no agent: only OpenSSH can log in there. */
import { LIMITS } from '../core/limits/limits.ts';
import type { HostConfig } from './config/host-config.ts';
import { defaultKeyPaths } from './default-keys.ts';
import { readSmallFile } from './read-file.ts';
import { tokenKey } from './token-key.ts';

export interface TokenSettings {
  /** The file of `-k`. */
  readonly key: string | undefined;
  readonly homeDirectory: string | undefined;
  /** The unix socket of ssh-agent (`SSH_AUTH_SOCK`). */
  readonly agentSocket: string | undefined;
}

type Keys = Pick<HostConfig, 'identityFiles' | 'identitiesOnly' | 'identityAgent'>;

export class TokenKeys {
  readonly #settings: TokenSettings;
  readonly #found = new Map<string, Promise<string | undefined>>();

  constructor(settings: TokenSettings) {
    this.#settings = settings;
  }

  /** Returns the file of that key; undefined if there is another key, or none. */
  onlyOne({ identityFiles, identitiesOnly, identityAgent }: Keys): Promise<string | undefined> {
    const keys = { identityFiles, identitiesOnly, identityAgent };
    const name = JSON.stringify(keys);
    const found = this.#found.get(name) ?? this.#look(keys);
    this.#found.set(name, found);
    return found;
  }

  async #look({ identityFiles, identitiesOnly, identityAgent }: Keys): Promise<string | undefined> {
    const { key, homeDirectory, agentSocket } = this.#settings;
    const paths = key !== undefined ? [key] : (identityFiles ?? defaultKeyPaths(homeDirectory));
    const files = (await Promise.all(paths.map(readToken))).filter((file) => file !== undefined);
    const [first] = files;
    if (first === undefined || files.some(({ token }) => token === undefined)) return undefined;
    const socket = identityAgent === 'none' ? undefined : (identityAgent ?? agentSocket);
    if (!socket) return first.path;
    const { listAgentKeys } = await import('./ssh2/keys/agent.ts');
    const held = (await listAgentKeys(socket).catch(() => [])).map(({ plainKey }) => plainKey);
    const isAny = key === undefined && !identitiesOnly;
    const isHeld = isAny ? held.length > 0 : files.some(({ token }) => held.includes(token ?? ''));
    return isHeld ? undefined : first.path;
  }
}

/** Returns undefined if there is no such file. */
async function readToken(path: string): Promise<{ path: string; token: string | undefined } | undefined> {
  const file = await readSmallFile(path, LIMITS.keyFileBytesMax);
  if (file.kind === 'missing') return undefined;
  return { path, token: file.kind === 'text' ? tokenKey(file.text)?.toString('base64') : undefined };
}
