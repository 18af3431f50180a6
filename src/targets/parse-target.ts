/**
 * The grammar of a target: `[user@]host[:port]`, with IPv6 addresses as `[v6]`, `[v6]:port` or bare.
 * Invariant: an accepted target has no control character, no blank, no shell metacharacter and no leading `-`, so that
 * messages, file names and command lines may hold it.
 */
import { isIPv6 } from 'node:net';
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { quoteInput } from '../text/quote-input.ts';
import { Refusal } from './refusal.ts';

export interface Target {
  /** Undefined if the target names none. */
  readonly user: string | undefined;
  /** Without brackets, also for IPv6. */
  readonly host: string;
  /** 1 to 65535; undefined if the target names none. */
  readonly port: number | undefined;
  /** The address at which to reach it, if an inventory gives another name than the host's. */
  readonly address?: string;
}

export const TARGET_HINT = 'a target is [user@]host[:port], and a host file has one a line';

const USER = /^[A-Za-z0-9._][A-Za-z0-9._+-]*$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Parses one target. A node's id, `[user@host:port]`, is a target too, so that users can copy it from a report.
 * Throws Refusal.
 */
export function parseTarget(given: string): Target {
  const text = withoutIdBrackets(given);
  const at = text.indexOf('@');
  const user = at < 0 ? undefined : text.slice(0, at);
  if (user !== undefined) checkUser(user);
  return { user, ...parseAddress(text.slice(at + 1)) };
}

/** Checks a user that does not come from a target: `-u`, or the name of the local account. Throws LockstepError `usage`. */
export function parseUser(user: string, source: string): string {
  try {
    checkUser(user);
    return user;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new LockstepError('usage', `${source}: ${error.message}: ${quoteInput(user)}`, {
      hint: error.hint,
    });
  }
}

function withoutIdBrackets(given: string): string {
  const isId = given.startsWith('[') && given.endsWith(']') && given.includes('@');
  return isId ? given.slice(1, -1) : given;
}

function checkUser(user: string): void {
  if (user === '') throw new Refusal('the user is empty');
  if (user.length > LIMITS.userCharsMax)
    throw new Refusal(`the user has more than ${LIMITS.userCharsMax} characters`);
  if (!USER.test(user)) {
    throw new Refusal(
      'the user is not a login name',
      'a login name has letters, digits and . _ + - and begins without + or -',
    );
  }
}

function parseAddress(address: string): Pick<Target, 'host' | 'port'> {
  if (address.startsWith('[')) return parseBracketed(address);
  const colons = address.split(':').length - 1;
  if (colons >= 2) return { host: parseIpv6(address), port: undefined };
  const colon = address.indexOf(':');
  if (colon < 0) return { host: parseHost(address), port: undefined };
  return { host: parseHost(address.slice(0, colon)), port: parsePort(address.slice(colon + 1)) };
}

function parseBracketed(address: string): Pick<Target, 'host' | 'port'> {
  const close = address.indexOf(']');
  if (close < 0) throw new Refusal('a bracket is not closed');
  const host = parseIpv6(address.slice(1, close));
  const rest = address.slice(close + 1);
  if (rest === '') return { host, port: undefined };
  if (!rest.startsWith(':')) throw new Refusal('only :port may follow the bracket');
  return { host, port: parsePort(rest.slice(1)) };
}

function parseIpv6(text: string): string {
  if (isIPv6(text)) return text;
  throw new Refusal('that is not an IPv6 address');
}

function parseHost(host: string): string {
  if (host === '') throw new Refusal('the host is empty');
  if (host.length > LIMITS.hostCharsMax)
    throw new Refusal(`the host has more than ${LIMITS.hostCharsMax} characters`);
  if (host.startsWith('-')) {
    throw new Refusal(
      "a host does not begin with '-'",
      'is the value of -o missing? it takes the next word, whatever it is',
    );
  }
  if (/[[\]]/.test(host)) {
    throw new Refusal(
      'brackets are for IPv6 addresses',
      'a leading bracket begins an address or the name of one node; a range is user@web[01-20]:22',
    );
  }
  if (host.includes(','))
    throw new Refusal('a target is one host', 'give -o once for each host, or a host file: -o ./hosts');
  if (HOST.test(host)) return host;
  throw new Refusal('the host has characters that no host name has', TARGET_HINT);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new Refusal('the port is not a number from 1 to 65535');
}
