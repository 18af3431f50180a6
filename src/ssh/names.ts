/**
 * Looks up each host name once, however many connections need it, and a bounded number at a time: the system's resolver
 * takes threads of the pool that also reads files.
 */
import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { Turnstile } from '../core/at-once.ts';
import { LIMITS } from '../core/limits/limits.ts';

type Answer = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;
type LookUpAll = (name: string, options: { all: true; family: number }) => Promise<LookupAddress[]>;

export class Names {
  readonly #lookUp: LookUpAll;
  readonly #turnstile = new Turnstile(LIMITS.lookupsAtOnce);
  readonly #found = new Map<string, Promise<LookupAddress[]>>();

  constructor(lookUp: LookUpAll = systemLookup) {
    this.#lookUp = lookUp;
  }

  /** Has the signature that `net.connect` takes for `lookup`. */
  readonly lookup = (name: string, options: LookupOptions, answer: Answer): void => {
    const family = typeof options.family === 'number' ? options.family : 0;
    this.#addresses(name, family).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true || first === undefined) answer(null, addresses);
        else answer(null, first.address, first.family);
      },
      (error) => answer(error, []),
    );
  };

  /** Forgets a name that it did not find, since the next attempt may find it. */
  #addresses(name: string, family: number): Promise<LookupAddress[]> {
    const key = `${family} ${name}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const asked = this.#turnstile.pass(() => this.#lookUp(name, { all: true, family }));
    this.#found.set(key, asked);
    asked.catch(() => this.#found.delete(key));
    return asked;
  }
}
