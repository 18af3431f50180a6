/** Evaluates the files for one host, in order: the first value of a keyword wins, but some keywords gather all. Pure. */
import { GATHERED, type Keyword } from './keywords.ts';
import type { Position, Word } from './lines.ts';
import type { Subject } from './match.ts';
import type { Directive, Section } from './parse.ts';
import { compilePattern } from './pattern.ts';

/** In the order in which they count: options of the command line, the user's file, the system's. */
export interface Config {
  readonly options: readonly Directive[];
  readonly files: readonly ConfigFile[];
  /** One of the files has a `Match final`. */
  readonly wantsFinal: boolean;
}

export interface ConfigFile {
  readonly sections: readonly Section[];
  /** The user has chosen its identities, and not the system. */
  readonly isOfUser: boolean;
}

export interface Wanted {
  /** As typed. */
  readonly host: string;
  /** What the target itself says; it counts before the files and after the options. */
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly localUser: string;
}

export interface Kept {
  readonly values: readonly string[];
  readonly place: Position;
}

export interface Gathered {
  readonly value: string;
  readonly place: Position;
  readonly isOfUser: boolean;
}

/** All that the files say of a host. */
export interface Said {
  readonly first: ReadonlyMap<Keyword, Kept>;
  readonly gathered: ReadonlyMap<Keyword, readonly Gathered[]>;
  /** The address, with `%h` filled in. */
  readonly address: string;
  /** Words that lockstep cannot decide: it must ask OpenSSH about this host. */
  readonly undecided: readonly Word[];
}

/** Expands a HostName with the name as typed. Throws LockstepError `usage`. */
export type ExpandHostName = (hostName: Kept) => string;

export function evaluate(config: Config, wanted: Wanted, expand: ExpandHostName): Said {
  const state = new State(wanted, expand);
  for (const directive of config.options) state.apply(directive, true);
  state.addTarget(wanted);
  for (const file of config.files) state.read(file.sections, file.isOfUser);
  const address = state.hostName();
  // OpenSSH writes an address in its one canonical way, and compares names in lower case.
  state.address = /[:%]/.test(address) ? address : address.toLowerCase();
  if (config.wantsFinal) {
    state.isFinal = true;
    for (const file of config.files) state.read(file.sections, file.isOfUser);
  }
  const { first, gathered, undecided } = state;
  return { first, gathered, undecided, address: state.address };
}

class State implements Subject {
  readonly first = new Map<Keyword, Kept>();
  readonly gathered = new Map<Keyword, Gathered[]>();
  readonly undecided: Word[] = [];
  readonly given: string;
  readonly localUser: string;
  readonly #expand: ExpandHostName;
  /** The host name after the first pass. */
  address = '';
  isFinal = false;

  constructor({ host, localUser }: Wanted, expand: ExpandHostName) {
    this.given = host;
    this.localUser = localUser;
    this.#expand = expand;
  }

  get host(): string {
    return this.isFinal ? this.address : this.given;
  }

  hostName(): string {
    if (this.isFinal) return this.address;
    const kept = this.first.get('hostname');
    return kept === undefined ? this.given : this.#expand(kept);
  }

  user(): string {
    return this.first.get('user')?.values[0] ?? this.localUser;
  }

  tag(): string {
    return this.first.get('tag')?.values[0] ?? '';
  }

  addTarget({ user, port }: Wanted): void {
    const place = { file: 'the target', line: 0, column: 0 };
    if (user !== undefined) this.#keep('user', { values: [user], place });
    if (port !== undefined) this.#keep('port', { values: [String(port)], place });
  }

  read(sections: readonly Section[], isOfUser: boolean): void {
    for (const { condition, directives } of sections) {
      const verdict = condition.matches(this);
      if (typeof verdict === 'object') this.undecided.push(verdict.unknown);
      else if (verdict) for (const directive of directives) this.apply(directive, isOfUser);
    }
  }

  apply(directive: Directive, isOfUser: boolean): void {
    if (directive.kind === 'unknown') this.undecided.push(directive.written);
    else if (directive.kind === 'include') for (const file of directive.files) this.read(file, isOfUser);
    else if (!GATHERED.has(directive.keyword)) this.#keep(directive.keyword, directive);
    else this.#gather(directive.keyword, directive, isOfUser);
  }

  #keep(keyword: Keyword, kept: Kept): void {
    if (kept.values.length === 0 || this.first.has(keyword)) return;
    // ProxyJump and ProxyCommand exclude each other: the earlier one counts.
    if (keyword === 'proxyjump' && this.first.has('proxycommand')) return;
    if (keyword === 'proxycommand' && (this.first.get('proxyjump')?.values[0] ?? 'none') !== 'none') return;
    this.first.set(keyword, kept);
  }

  #gather(keyword: Keyword, { values, place }: Kept, isOfUser: boolean): void {
    const list = this.gathered.get(keyword) ?? [];
    for (const value of values) {
      if (keyword === 'sendenv' && value.startsWith('-')) {
        const isTakenBack = compilePattern(value.slice(1));
        const left = list.filter((one) => !isTakenBack(one.value));
        list.splice(0, list.length, ...left);
      } else if (!list.some((one) => one.value === value && one.isOfUser === isOfUser)) {
        list.push({ value, place, isOfUser });
      }
    }
    this.gathered.set(keyword, list);
  }
}
