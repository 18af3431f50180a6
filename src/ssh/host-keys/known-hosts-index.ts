/**
 * Finds the known_hosts entries of a host without a search through all of them for each of 1,000 hosts.
 * Invariant: `all` is complete; `some` may have fewer, and serves only to choose what to ask for first.
 */
import { type KnownHostEntry, type KnownKey, matchesPatterns } from './known-hosts.ts';

/** HMAC-SHA1 of a host name with a salt, both hash and salt in base64. */
export type HashHostName = (name: string, salt: string) => string;

type Hashed = KnownKey & { readonly salt: string; readonly hash: string };

export class KnownHostsIndex {
  readonly #hashName: HashHostName;
  readonly #exact = new Map<string, KnownKey[]>();
  readonly #patterned: KnownHostEntry[] = [];
  /** Hashed entries of hosts not met yet; each names exactly one host, so a hit moves to `#exact`. */
  #hashed: Hashed[] = [];
  /** Entries of one host, and of one fleet's hosts, mostly lie together: searches begin after the last hit. */
  #next = 0;
  readonly #searched = new Set<string>();

  constructor(entries: readonly KnownHostEntry[], hashName: HashHostName) {
    this.#hashName = hashName;
    for (const entry of entries) {
      if (entry.hosts.kind === 'hashed') this.#hashed.push({ ...entry, ...entry.hosts });
      else if (entry.hosts.kind === 'patterns') this.#patterned.push(entry);
      else for (const name of entry.hosts.names) this.add(name, entry);
    }
  }

  /** Every key known for the name, as `ssh-keygen -F` finds them. */
  all(name: string): readonly KnownKey[] {
    if (!this.#searched.has(name)) {
      this.#search(name, { isFirstRunEnough: false });
      this.#searched.add(name);
    }
    return this.#known(name);
  }

  /** Some keys known for the name, if there are any. Costs far less than `all` when names are hashed. */
  some(name: string): readonly KnownKey[] {
    const known = this.#known(name);
    if (known.length > 0) return known;
    this.#search(name, { isFirstRunEnough: true });
    return this.#known(name);
  }

  add(name: string, key: KnownKey): void {
    const keys = this.#exact.get(name);
    if (keys === undefined) this.#exact.set(name, [key]);
    else keys.push(key);
  }

  #known(name: string): KnownKey[] {
    const patterned = this.#patterned.filter(
      (entry) => entry.hosts.kind === 'patterns' && matchesPatterns(entry.hosts.patterns, name),
    );
    return [...(this.#exact.get(name) ?? []), ...patterned];
  }

  /** Moves this name's hashed entries to the exact ones. */
  #search(name: string, { isFirstRunEnough }: { isFirstRunEnough: boolean }): void {
    const pool = this.#hashed;
    const hits = new Set<number>();
    for (let step = 0; step < pool.length; step += 1) {
      const position = (this.#next + step) % pool.length;
      const entry = pool[position];
      if (entry !== undefined && this.#hashName(name, entry.salt) === entry.hash) {
        hits.add(position);
        this.add(name, entry);
      } else if (isFirstRunEnough && hits.size > 0) {
        break;
      }
    }
    if (hits.size === 0) return;
    const [first = 0] = hits;
    this.#hashed = pool.filter((_, position) => !hits.has(position));
    this.#next = this.#hashed.length === 0 ? 0 : first % this.#hashed.length;
  }
}
