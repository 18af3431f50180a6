/**
 * Host keys of one run: which algorithms to ask a host for, whether to go on with the key it shows, and the
 * new lines in known_hosts. Files are read once; every answer after that comes from memory, since ssh2 asks
 * in the middle of a handshake, and asks again on every rekey.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Node, sshName } from '../../core/node.ts';
import { readSmallFile } from '../read-file.ts';
import { fingerprint } from './fingerprint.ts';
import {
  type KnownHostEntry,
  type KnownKey,
  keyTypeOf,
  knownHostName,
  parseKnownHosts,
} from './known-hosts.ts';
import { KnownHostsAppender } from './known-hosts-appender.ts';
import { KnownHostsIndex } from './known-hosts-index.ts';
import { type HostKeyVerdict, judgeHostKey } from './verdict.ts';

export interface HostKeyPolicy {
  /** `yes`: known keys only. `accept-new`: unknown hosts are added. `no`: every key but a revoked one, and nothing is added. */
  readonly checking: 'yes' | 'accept-new' | 'no';
  /** Instead of the user's and the system's files. */
  readonly knownHostsFile?: string | undefined;
}

export interface HostKeySettings {
  readonly hostKeys: HostKeyPolicy;
  /** Undefined: there is none, and so no file of the user's. */
  readonly homeDirectory: string | undefined;
  warn(message: string): void;
  /** A key that nobody knew was accepted. `file`: where it is remembered, if anywhere. */
  onAccepted?(node: Node, key: Buffer, file: string | undefined): void;
}

export interface HostKeys {
  /** Types of the keys that are known for the node, for the order of algorithms. */
  knownTypes(node: Node): string[];
  /** The reason to refuse the key blob, or undefined. */
  refusal(node: Node, key: Buffer): LockstepError | undefined;
  /** Remembers the key of a host that was new. Call it once the server has proven that the key is its own. */
  remember(node: Node, key: Buffer): void;
  /** Resolves when all remembered keys are on disk; a file that cannot be written is a warning, as in OpenSSH. */
  written(): Promise<void>;
}

/** Reads the known_hosts files. Rejects with `host-key-unknown` for one that exists and cannot be read. */
export async function loadHostKeys(settings: HostKeySettings): Promise<HostKeys> {
  const { checking } = settings.hostKeys;
  const { own, system } = knownHostsFiles(settings);
  const entries = (await Promise.all([...own, ...system].map(readKnownHosts))).flat();
  if (checking === 'no')
    settings.warn('host keys are not checked: anyone may answer for a node, and see what is sent');
  return new CheckedHostKeys(entries, own[0], settings);
}

/** In the order of OpenSSH's defaults; new keys go to the first of the user's own. */
function knownHostsFiles({ hostKeys, homeDirectory }: HostKeySettings): { own: string[]; system: string[] } {
  if (hostKeys.knownHostsFile !== undefined) return { own: [hostKeys.knownHostsFile], system: [] };
  const names = homeDirectory === undefined ? [] : ['.ssh/known_hosts', '.ssh/known_hosts2'];
  return {
    own: names.map((name) => join(homeDirectory ?? '', name)),
    system: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
  };
}

async function readKnownHosts(path: string): Promise<KnownHostEntry[]> {
  const file = await readSmallFile(path, LIMITS.knownHostsBytesMax);
  if (file.kind === 'missing') return [];
  if (file.kind === 'text') return parseKnownHosts(file.text, path);
  // To go on without it would make every host in it a new host, whose key is accepted.
  throw new LockstepError('host-key-unknown', `cannot read ${path}: ${file.reason}`, {
    hint: 'make the file readable, or name another with --known-hosts',
  });
}

class CheckedHostKeys implements HostKeys {
  readonly #index: KnownHostsIndex;
  readonly #checking: HostKeyPolicy['checking'];
  readonly #file: string | undefined;
  readonly #isHashing: boolean;
  readonly #appender: KnownHostsAppender | undefined;
  readonly #onAccepted: HostKeySettings['onAccepted'];

  /** `file`: for new keys; without one they are known to this run only. */
  constructor(
    entries: readonly KnownHostEntry[],
    file: string | undefined,
    { hostKeys, warn, onAccepted }: HostKeySettings,
  ) {
    this.#index = new KnownHostsIndex(entries, hashHostName);
    this.#checking = hostKeys.checking;
    this.#file = file;
    // Whoever hides names in this file wants new ones hidden as well.
    this.#isHashing = entries.some((entry) => entry.file === file && entry.hosts.kind === 'hashed');
    this.#appender = file === undefined ? undefined : new KnownHostsAppender(file, warn);
    this.#onAccepted = onAccepted;
  }

  knownTypes(node: Node): string[] {
    const known = this.#index.some(knownHostName(sshName(node), node.port));
    const usable = known.length > 0 ? known : this.#index.some(knownHostName(sshName(node), 22));
    return usable.filter((entry) => entry.marker === 'plain').map((entry) => entry.type);
  }

  refusal(node: Node, key: Buffer): LockstepError | undefined {
    const verdict = this.#judge(node, key);
    switch (verdict.kind) {
      case 'known':
        return undefined;
      case 'revoked':
        return new LockstepError('host-key-revoked', revokedText(key, verdict.known), { node });
      case 'changed':
        if (this.#checking === 'no') return undefined;
        return new LockstepError('host-key-changed', changedText(key, verdict.known), { node });
      case 'authority':
        if (this.#checking === 'no') return undefined;
        return new LockstepError('host-key-unknown', authorityText(key, verdict.known), {
          node,
          hint: "lockstep cannot verify host certificates; add the host's own key to known_hosts",
        });
      case 'new':
        if (this.#checking !== 'yes') return undefined;
        return new LockstepError('host-key-unknown', unknownText(key, this.#file ?? 'known_hosts'), { node });
    }
  }

  remember(node: Node, key: Buffer): void {
    if (this.#checking !== 'accept-new' || this.#judge(node, key).kind !== 'new') return;
    const type = keyTypeOf(key);
    if (type === undefined) return;
    const name = knownHostName(sshName(node), node.port);
    const encoded = key.toString('base64');
    this.#index.add(name, {
      marker: 'plain',
      type,
      key: encoded,
      file: this.#file ?? 'known_hosts',
      line: 0,
    });
    this.#onAccepted?.(node, key, this.#file);
    this.#appender?.append(`${this.#isHashing ? hashedName(name) : name} ${type} ${encoded}`);
  }

  written(): Promise<void> {
    return this.#appender?.written() ?? Promise.resolve();
  }

  /** A port other than 22 may also be known under the bare name, for the same key only; OpenSSH does the same. */
  #judge(node: Node, key: Buffer): HostKeyVerdict {
    const name = knownHostName(sshName(node), node.port);
    const verdict = judgeHostKey(this.#index.all(name), key);
    if (verdict.kind !== 'new' || node.port === 22) return verdict;
    const bare = judgeHostKey(this.#index.all(knownHostName(sshName(node), 22)), key);
    return bare.kind === 'known' || bare.kind === 'revoked' ? bare : verdict;
  }
}

function hashHostName(name: string, salt: string): string {
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
}

function hashedName(name: string): string {
  const salt = randomBytes(20).toString('base64');
  return `|1|${salt}|${hashHostName(name, salt)}`;
}

const describeKey = (key: Buffer): string => `${keyTypeOf(key)} ${fingerprint(key)}`;

const describeKnown = (known: KnownKey): string =>
  `${known.type} ${fingerprint(Buffer.from(known.key, 'base64'))} (${place(known)})`;

/** A key accepted by this very run has no line of its own yet. */
const place = (known: KnownKey): string =>
  known.line === 0 ? `accepted a moment ago, ${known.file}` : `${known.file}:${known.line}`;

const changedText = (key: Buffer, known: KnownKey): string =>
  `host key has changed: the server shows ${describeKey(key)}, known is ${describeKnown(known)}`;

const revokedText = (key: Buffer, known: KnownKey): string =>
  `host key is revoked: ${describeKey(key)} (${place(known)})`;

const unknownText = (key: Buffer, file: string): string =>
  `host key is unknown: the server shows ${describeKey(key)}, and ${file} has no key of this host`;

const authorityText = (key: Buffer, known: KnownKey): string =>
  `host key is unknown: the server shows ${describeKey(key)}, and the host is known only by the certificate authority ` +
  `in ${place(known)}`;
