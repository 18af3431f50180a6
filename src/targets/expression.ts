/**
 * The grammar of targets: terms with `&` (of those, the ones also in …) and `!` (without …) between them, read from
 * left to right, as in `@web&@dc=east!web3`. A `!` in front leaves nodes out of the list that it is in. Pure.
 */
import { TARGET_HINT } from './parse-target.ts';
import { Refusal } from './refusal.ts';

export interface Expression {
  /** `!…`: leaves out the nodes of its terms. */
  readonly isExclusion: boolean;
  readonly first: Term;
  readonly filters: readonly Filter[];
}

export interface Filter {
  /** Whether the nodes of the term stay, or go. */
  readonly keeps: boolean;
  readonly term: Term;
}

/** Refers to a list by name. */
export type Reference =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'label'; readonly label: string; readonly value: string }
  /** `run:RUN:STATE`: nodes of an earlier run, by how they ended. */
  | { readonly kind: 'run'; readonly run: string; readonly state: string };

export type Term =
  | Reference
  /** `*` and `?` in a host name; alone it picks from all groups. */
  | { readonly kind: 'pattern'; readonly pattern: string }
  /** A target, or a range of them. */
  | { readonly kind: 'target'; readonly text: string };

/** Throws Refusal. */
export function parseExpression(text: string): Expression {
  const isExclusion = text.startsWith('!');
  const [first = '', ...rest] = text.slice(isExclusion ? 1 : 0).split(/(?=[&!])/);
  return {
    isExclusion,
    first: parseTerm(first),
    filters: rest.map((part) => ({ keeps: part.startsWith('&'), term: parseTerm(part.slice(1)) })),
  };
}

/** Whether its meaning depends on groups and labels. */
export function namesGroups(expression: Expression): boolean {
  return termsOf(expression).some(({ kind }) => kind !== 'target' && kind !== 'run');
}

export function termsOf({ first, filters }: Expression): readonly Term[] {
  return [first, ...filters.map(({ term }) => term)];
}

/** `@web`, `@dc=east` or `run:last:failed`, as the user wrote it. */
export function termText(term: Reference): string {
  if (term.kind === 'run') return `run:${term.run}:${term.state}`;
  return term.kind === 'group' ? `@${term.name}` : `@${term.label}=${term.value}`;
}

/** Names of groups, labels and their values. */
export const GROUP_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/;

const EXPRESSION_HINT = 'targets are picked as in @web, @web&@dc=east, @all!@db or web[1-9]!web3';

function parseTerm(text: string): Term {
  if (text === '') throw new Refusal("nothing stands behind '&' or '!'", EXPRESSION_HINT);
  if (text.startsWith('@')) return parseReference(text.slice(1));
  const [, run, state] = /^run:([^:]*):([^:]*)$/.exec(text) ?? [];
  if (run !== undefined && state !== undefined) return { kind: 'run', run, state };
  if (/[*?]/.test(text)) return parsePattern(text);
  return { kind: 'target', text };
}

/** A line of a file that is no host file is no pattern, whatever stands in it. */
function parsePattern(pattern: string): Term {
  if (HOST_PATTERN.test(pattern)) return { kind: 'pattern', pattern };
  throw new Refusal('the pattern has characters that no host name has', TARGET_HINT);
}

/** Addresses have colons. */
const HOST_PATTERN = /^[A-Za-z0-9_.:*?-]+$/;

function parseReference(text: string): Term {
  const [name = '', value, ...rest] = text.split('=');
  for (const part of value === undefined ? [name] : [name, value]) {
    if (!GROUP_NAME.test(part) || rest.length > 0)
      throw new Refusal('@ is followed by the name of a group, or by LABEL=VALUE', EXPRESSION_HINT);
  }
  return value === undefined ? { kind: 'group', name } : { kind: 'label', label: name, value };
}
