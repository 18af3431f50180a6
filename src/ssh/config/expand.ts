/** `~`, `%h` and `${NAME}` in values (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES). Pure: the caller gives their values. */
import { quoteInput } from '../../text/quote-input.ts';
import { mistake, type Position } from './lines.ts';

export interface Expansion {
  /** The value of each token, by its letter. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Where it is undefined, `${` stands for itself. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Throws LockstepError `usage` for a token or variable that means nothing there. */
export function expandTokens(text: string, { tokens, environment }: Expansion, place: Position): string {
  if (!/[%$]/.test(text)) return text;
  const pattern = environment === undefined ? /%(.?)/gs : /%(.?)|\$\{([^}]*)(\}?)/gs;
  return text.replace(pattern, (written, letter?: string, name?: string, end?: string) => {
    if (letter === '%') return '%';
    const value = letter === undefined ? variable(name, end, environment) : own(tokens, letter);
    if (value !== undefined) return value;
    const expected = `expected one of ${['%', ...Object.keys(tokens)].map((one) => `%${one}`).join(' ')}`;
    throw mistake(
      place,
      `${quoteInput(written)} in ${quoteInput(text)} has no value`,
      letter === undefined ? 'expected a variable of the environment' : expected,
    );
  });
}

export interface Homes {
  readonly own: string | undefined;
  of(user: string): string | undefined;
}

/** Expands `~/x` and `~ann/x`. Throws LockstepError `usage` if there is no such home. */
export function expandTilde(path: string, homes: Homes, place: Position): string {
  const parts = /^~([^/]*)(?:\/+(.*))?$/s.exec(path);
  if (parts === null) return path;
  const [, user = '', rest = ''] = parts;
  const home = user === '' ? homes.own : homes.of(user);
  if (home === undefined) throw mistake(place, `${quoteInput(path)} is in no home`, 'expected a path');
  return `${home.replace(/\/*$/, '')}/${rest}`;
}

function variable(
  name: string | undefined,
  end: string | undefined,
  environment: Expansion['environment'],
): string | undefined {
  return end === '}' && name ? environment?.[name] : undefined;
}

function own(tokens: Readonly<Record<string, string>>, letter: string): string | undefined {
  return Object.hasOwn(tokens, letter) ? tokens[letter] : undefined;
}
