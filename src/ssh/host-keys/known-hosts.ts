/**
 * The known_hosts format, from sshd(8) SSH_KNOWN_HOSTS FILE FORMAT: text in, entries out.
 * It skips the lines that OpenSSH skips; nothing in a file can make parsing fail.
 */

/** `authority` lines name a certificate authority, whose certificates are trusted; its key is no host's. */
export type KnownHostMarker = 'plain' | 'revoked' | 'authority';

/** The hosts that a line names. */
export type HostNames =
  | { readonly kind: 'exact'; readonly names: readonly string[] }
  | { readonly kind: 'patterns'; readonly patterns: readonly HostPattern[] }
  | { readonly kind: 'hashed'; readonly salt: string; readonly hash: string };

export interface HostPattern {
  readonly isNegated: boolean;
  readonly expression: RegExp;
}

/** One key of a known_hosts file, and its place there. */
export interface KnownKey {
  readonly marker: KnownHostMarker;
  /** The key type as in the key itself, e.g. `ssh-rsa`. */
  readonly type: string;
  /** The public key blob, base64 with padding. */
  readonly key: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface KnownHostEntry extends KnownKey {
  readonly hosts: HostNames;
}

export function parseKnownHosts(text: string, file: string): KnownHostEntry[] {
  const entries: KnownHostEntry[] = [];
  let line = 0;
  // With an editor's byte order mark its first host would look unknown, and a changed key would be accepted as new.
  for (const content of text.replace(/^\uFEFF/, '').split('\n')) {
    line += 1;
    const entry = parseLine(content, file, line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** The name under which known_hosts files list a host: lower case, with its port unless that is 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** One negated pattern that matches excludes the host, whatever the others say. */
export function matchesPatterns(patterns: readonly HostPattern[], name: string): boolean {
  let isMatch = false;
  for (const pattern of patterns) {
    if (!pattern.expression.test(name)) continue;
    if (pattern.isNegated) return false;
    isMatch = true;
  }
  return isMatch;
}

function parseLine(content: string, file: string, line: number): KnownHostEntry | undefined {
  const words = content.split(/[ \t\r]+/).filter((word) => word !== '');
  const marker = takeMarker(words);
  const [hostField, type, encoded] = words;
  if (marker === undefined || hostField === undefined || hostField.startsWith('#')) return undefined;
  if (type === undefined || encoded === undefined) return undefined;
  const hosts = parseHosts(hostField);
  const key = Buffer.from(encoded, 'base64');
  // OpenSSH never accepts a line whose type differs from that inside its key.
  if (hosts === undefined || keyTypeOf(key) !== type) return undefined;
  return { marker, hosts, type, key: key.toString('base64'), file, line };
}

/**
 * Removes the marker from the front of the line; undefined for one that OpenSSH does not know.
 * A tab may follow it: OpenSSH skips such a line, and would trust a key that somebody meant to revoke.
 */
function takeMarker(words: string[]): KnownHostMarker | undefined {
  if (!words[0]?.startsWith('@')) return 'plain';
  const marker = words.shift();
  if (words[0]?.startsWith('@')) return undefined;
  if (marker === '@revoked') return 'revoked';
  return marker === '@cert-authority' ? 'authority' : undefined;
}

function parseHosts(field: string): HostNames | undefined {
  if (field.startsWith('|')) return parseHashed(field);
  const names = field
    .toLowerCase()
    .split(',')
    .filter((name) => name !== '');
  if (!/[*?!]/.test(field)) return { kind: 'exact', names };
  return { kind: 'patterns', patterns: names.map(parsePattern) };
}

/** `|1|salt|hash`; 1 stands for HMAC-SHA1, the only method. */
function parseHashed(field: string): HostNames | undefined {
  const [before, method, salt, hash, ...rest] = field.split('|');
  if (before !== '' || method !== '1' || !salt || !hash || rest.length > 0) return undefined;
  return { kind: 'hashed', salt, hash };
}

function parsePattern(text: string): HostPattern {
  const isNegated = text.startsWith('!');
  // A run of stars means one star, and would make the expression slow.
  const source = (isNegated ? text.slice(1) : text)
    .replace(/\*+/g, '*')
    .replace(/[\\^$.+|(){}[\]]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return { isNegated, expression: new RegExp(`^${source}$`, 's') };
}

/** The type in the first field of a public key blob; undefined for bytes that are no such blob. */
export function keyTypeOf(blob: Uint8Array): string | undefined {
  const buffer = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (buffer.length < 4) return undefined;
  const length = buffer.readUInt32BE(0);
  if (length === 0 || length > buffer.length - 4) return undefined;
  return buffer.toString('latin1', 4, 4 + length);
}
