/**
 * Host keys of one run: which algorithms to ask a host for, whether to accept the key it shows, and the new lines in
 * known_hosts. Files are read once; every later answer comes from memory, since ssh2 asks in the middle of a
 * handshake, and again on every rekey.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import type { Certificate } from '../certificate.ts';
import { readSmallFile } from '../read-file.ts';
import { type CertifiedHost, certificateProblem, readShownKey } from './host-certificate.ts';
import { type KnownHostEntry, type KnownKey, keyTypeOf, parseKnownHosts } from './known-hosts.ts';
import { KnownHostsAppender } from './known-hosts-appender.ts';
import { KnownHostsIndex } from './known-hosts-index.ts';
import type { HostKeySettings, HostKeys } from './policy.ts';
import { authorityText, certificateRefusal, changedText, revokedText, unknownText } from './refusals.ts';
import { type RevokedKeys, readRevokedKeys } from './revoked-keys.ts';
import { type HostKeyVerdict, judgeHostKey } from './verdict.ts';

/** The known keys of one host, and what to do with an unknown one. */
export interface HostKeyRules extends CertifiedHost {
  readonly checking: 'yes' | 'accept-new' | 'ask' | 'no';
  /** The name under which known_hosts lists the host. */
  readonly name: string;
  /** The name without its port, where a line with that name may count. */
  readonly bareName: string | undefined;
  /** Undefined: as in the file so far. */
  readonly isHashing: boolean | undefined;
}

/** The known_hosts files of one host, read. */
export async function readHostKeys(
  { own, system, revoked }: KnownHostsFiles,
  settings: CheckSettings,
): Promise<CheckedHostKeys> {
  const entries = (await Promise.all([...own, ...system].map(readKnownHosts))).flat();
  const revokedKeys = revoked === undefined ? undefined : await readRevokedKeys(revoked);
  return new CheckedHostKeys(entries, own[0], { ...settings, revokedKeys });
}

export interface KnownHostsFiles {
  /** New keys go to the first file. */
  readonly own: readonly string[];
  readonly system: readonly string[];
  /** Keys that no host may show. */
  readonly revoked: string | undefined;
}

type CheckSettings = Pick<HostKeySettings, 'warn' | 'onAccepted' | 'onNew'> & {
  rulesOf(node: Node): HostKeyRules;
  readonly revokedKeys?: RevokedKeys | undefined;
};

async function readKnownHosts(path: string): Promise<KnownHostEntry[]> {
  const file = await readSmallFile(path, LIMITS.knownHostsBytesMax);
  if (file.kind === 'missing') return [];
  if (file.kind === 'text') return parseKnownHosts(file.text, path);
  // Without the file every host in it would be new, and any key of it accepted.
  throw new LockstepError('host-key-unknown', `cannot read ${path}: ${file.reason}`, {
    hint: 'make the file readable, or name another with --known-hosts',
  });
}

export class CheckedHostKeys implements Omit<HostKeys, 'load'> {
  readonly #index: KnownHostsIndex;
  readonly #rulesOf: CheckSettings['rulesOf'];
  readonly #revokedKeys: CheckSettings['revokedKeys'];
  readonly #file: string | undefined;
  readonly #isHashing: boolean;
  readonly #appender: KnownHostsAppender | undefined;
  readonly #onAccepted: HostKeySettings['onAccepted'];
  readonly #onNew: HostKeySettings['onNew'];

  /** `file`: takes new keys; without it only this run knows them. */
  constructor(
    entries: readonly KnownHostEntry[],
    file: string | undefined,
    { rulesOf, revokedKeys, warn, onAccepted, onNew }: CheckSettings,
  ) {
    this.#index = new KnownHostsIndex(entries, hashHostName);
    this.#rulesOf = rulesOf;
    this.#revokedKeys = revokedKeys;
    this.#file = file;
    // A user who hashes names in this file wants new ones hashed as well.
    this.#isHashing = entries.some((entry) => entry.file === file && entry.hosts.kind === 'hashed');
    this.#appender = file === undefined ? undefined : new KnownHostsAppender(file, warn);
    this.#onAccepted = onAccepted;
    this.#onNew = onNew;
  }

  knownTypes(node: Node): string[] {
    const { name, bareName } = this.#rulesOf(node);
    const known = this.#index.some(name);
    const usable = known.length > 0 || bareName === undefined ? known : this.#index.some(bareName);
    return usable.filter((entry) => entry.marker === 'plain').map((entry) => entry.type);
  }

  hasAuthority(node: Node): boolean {
    const { name, bareName = name } = this.#rulesOf(node);
    const known = [...this.#index.some(name), ...this.#index.some(bareName)];
    return known.some(({ marker }) => marker === 'authority');
  }

  refusal(node: Node, blob: Buffer): LockstepError | undefined {
    const rules = this.#rulesOf(node);
    const { plainKey: key, certificate } = readShownKey(blob);
    const listed = this.#revokedKeys?.get(key.toString('base64')) ?? this.#listedAuthority(certificate);
    if (listed !== undefined)
      return new LockstepError('host-key-revoked', revokedText(key, listed), { node });
    const authority = certificate && this.#authorityOf(rules, certificate);
    if (authority === undefined) return this.#plainRefusal(node, key);
    const known = this.#knownOf(rules);
    const judged = judgeHostKey(known, key);
    const revoked = judged.kind === 'revoked' ? judged : judgeHostKey(known, certificate?.authority ?? key);
    if (revoked.kind === 'revoked')
      return new LockstepError('host-key-revoked', revokedText(key, revoked.known), { node });
    const problem = certificate && certificateProblem(certificate, rules, Date.now());
    if (problem === undefined || rules.checking === 'no') return undefined;
    return new LockstepError('host-key-unknown', certificateRefusal(key, problem, authority), {
      node,
      hint: 'the host needs another certificate; ssh-keygen -L -f shows what one holds',
    });
  }

  #plainRefusal(node: Node, key: Buffer): LockstepError | undefined {
    const rules = this.#rulesOf(node);
    const verdict = this.#judge(rules, key);
    switch (verdict.kind) {
      case 'known':
        return undefined;
      case 'revoked':
        return new LockstepError('host-key-revoked', revokedText(key, verdict.known), { node });
      case 'changed':
        if (rules.checking === 'no') return undefined;
        return new LockstepError('host-key-changed', changedText(key, verdict.known), { node });
      case 'authority':
        if (rules.checking === 'no') return undefined;
        return new LockstepError('host-key-unknown', authorityText(key, verdict.known), {
          node,
          hint: 'the host shows no certificate of that authority; give it one, or add its own key to known_hosts',
        });
      case 'new':
        if (rules.checking === 'no' || rules.checking === 'accept-new') return undefined;
        if (rules.checking === 'ask') this.#onNew?.(node, key);
        return new LockstepError('host-key-unknown', unknownText(key, this.#file ?? 'known_hosts'), { node });
    }
  }

  remember(node: Node, blob: Buffer): void {
    const rules = this.#rulesOf(node);
    const { plainKey: key, certificate } = readShownKey(blob);
    if (certificate !== undefined && this.#authorityOf(rules, certificate) !== undefined) return;
    if (rules.checking === 'accept-new') this.accept(node, key);
  }

  accept(node: Node, key: Buffer): void {
    const rules = this.#rulesOf(node);
    if (this.#judge(rules, key).kind !== 'new') return;
    const type = keyTypeOf(key);
    if (type === undefined) return;
    const { name, isHashing = this.#isHashing } = rules;
    const encoded = key.toString('base64');
    this.#index.add(name, {
      marker: 'plain',
      type,
      key: encoded,
      file: this.#file ?? 'known_hosts',
      line: 0,
    });
    this.#onAccepted?.(node, key, this.#file);
    this.#appender?.append(`${isHashing ? hashedName(name) : name} ${type} ${encoded}`);
  }

  written(): Promise<void> {
    return this.#appender?.written() ?? Promise.resolve();
  }

  #listedAuthority(certificate: Certificate | undefined): KnownKey | undefined {
    return certificate && this.#revokedKeys?.get(certificate.authority.toString('base64'));
  }

  #authorityOf(rules: HostKeyRules, { authority }: Certificate): KnownKey | undefined {
    const encoded = authority.toString('base64');
    return this.#knownOf(rules).find(({ marker, key }) => marker === 'authority' && key === encoded);
  }

  #knownOf({ name, bareName }: HostKeyRules): readonly KnownKey[] {
    return [...this.#index.all(name), ...(bareName === undefined ? [] : this.#index.all(bareName))];
  }

  /** A port other than 22 may also be known under the bare name, but only for the same key; OpenSSH does the same. */
  #judge({ name, bareName }: HostKeyRules, key: Buffer): HostKeyVerdict {
    const verdict = judgeHostKey(this.#index.all(name), key);
    if (verdict.kind !== 'new' || bareName === undefined) return verdict;
    const bare = judgeHostKey(this.#index.all(bareName), key);
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
