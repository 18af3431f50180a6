/** Logs in: which key or password ssh2 tries next, and why the server took none. */
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from 'ssh2';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { BeyondError } from '../beyond.ts';
import type { HostConfig } from '../config/host-config.ts';
import { TICKET_HINT } from '../kerberos.ts';
import { keyRestriction } from '../restrictions.ts';
import type { Identities } from './keys/identity-settings.ts';

/** One connection's attempts with its keys. */
export interface Authentication {
  /** For ssh2: says what to try next. */
  readonly handler: AuthHandlerMiddleware;
  /** True once it has tried every key in vain. */
  isExhausted(): boolean;
  /** The connection ended (`how`) after the server had the password: some refuse it so. Undefined if it did not have it. */
  cutOff(how: string): LockstepError | undefined;
  /** Why the login failed: the keys tried, and what the server would still take. `said`: the server's own words. */
  failure(said?: string): LockstepError;
}

/**
 * Begins with a key if there is one. Without one, or with a password as well, it first asks with no proof, as OpenSSH
 * does: the refusal names the methods that the server takes, and counts for nothing. That question costs a round trip.
 */
export function startAuthentication(
  node: Node,
  identities: Identities,
  wishes: MethodWishes = {},
): Authentication {
  const { all, notes } = allowed(identities, wishes);
  const remaining = all.slice(0, LIMITS.authTriesMax);
  const untried = all.length - remaining.length;
  const tried: string[] = [];
  const unwanted = new Set<string>(METHODS.filter((method) => !isWanted(method, wishes)));
  let { password } = identities;
  let offered: readonly AuthenticationType[] | undefined;
  let isPartial = false;
  let isExhausted = false;
  let hasAskedWithout = false;
  const askWithout = (): AnyAuthMethod => {
    hasAskedWithout = true;
    return { type: 'none', username: node.user };
  };

  const handler = (left: AuthenticationType[] | null, partial: boolean | null): AnyAuthMethod | false => {
    if (left === null && (password !== undefined || unwanted.has('publickey') || remaining.length === 0))
      return askWithout();
    offered = left ?? offered;
    isPartial ||= partial === true;
    const wanted = (left ?? METHODS).filter((method) => !unwanted.has(method));
    const identity = wanted.includes('publickey') ? remaining.shift() : undefined;
    if (identity !== undefined) {
      tried.push(identity.description);
      return identity.method(node.user);
    }
    const method = password === undefined ? undefined : passwordMethod(node.user, password, wanted);
    password = undefined;
    // Some accounts need no proof at all.
    if (method === undefined && !isPartial && !hasAskedWithout && tried.length < LIMITS.authTriesMax)
      return askWithout();
    isExhausted = method === undefined || identities.takePassword?.() === false;
    if (method === undefined || isExhausted) return false;
    tried.push(PASSWORD);
    return method;
  };

  return {
    handler: handler as AuthHandlerMiddleware,
    isExhausted: () => isExhausted,
    cutOff: (how) =>
      tried.includes(PASSWORD)
        ? new LockstepError('auth', `cannot log in as ${node.user}: ${how}, when it had the password`, {
            node,
            ...PASSWORD_HINT,
          })
        : undefined,
    failure: (said) => {
      const parts = [
        triedText(tried),
        said,
        untried === 0
          ? undefined
          : `${untried} more were not tried: a server takes ${LIMITS.authTriesMax} attempts`,
        isPartial ? 'the key is right, but the server wants more' : undefined,
      ];
      const left = offered?.filter((method) => unwanted.has(method)) ?? [];
      if (left.length > 0) parts.push(`ssh_config does not want ${left.join(', ')} for this host`);
      if (offered !== undefined) parts.push(`the server takes ${offered.join(', ') || 'no method'}`);
      const text = [...parts, ...notes].filter((part) => part !== undefined).join('; ');
      const hint = tried[0] === PASSWORD ? PASSWORD_HINT : {};
      const message = `cannot log in as ${node.user}: ${text}`;
      const lack = tried.includes(PASSWORD)
        ? undefined
        : lackOf(offered ?? [], tried, { identities, wishes });
      const ticketHint = lack === TICKET_LACK ? { hint: TICKET_HINT } : {};
      if (lack !== undefined) return new BeyondError('auth', message, { node, lack, ...ticketHint });
      return new LockstepError('auth', message, { node, ...hint });
    },
  };
}

/** Leaves out the keys that ssh_config does not allow. */
function allowed({ all, notes }: Identities, { others }: MethodWishes): Pick<Identities, 'all' | 'notes'> {
  if (others === undefined || others.size === 0) return { all, notes };
  const refused = all.flatMap(({ description, shown }) => {
    const keyword = keyRestriction(Buffer.from(shown, 'base64'), others);
    return keyword === undefined
      ? []
      : [{ shown, note: `${description} is left out by ${keyword} of ssh_config` }];
  });
  return {
    all: all.filter((one) => !refused.some(({ shown }) => shown === one.shown)),
    notes: [...notes, ...refused.map(({ note }) => note)],
  };
}

/** The restrictions, as ssh_config has them. */
export type MethodWishes = Partial<
  Pick<
    HostConfig,
    | 'preferredAuthentications'
    | 'pubkeyAuthentication'
    | 'passwordAuthentication'
    | 'kbdInteractiveAuthentication'
    | 'others'
  >
>;

/** Methods by which ssh2 can try to log in. */
export const METHODS = ['publickey', 'password', 'keyboard-interactive'] as const;

function isWanted(method: (typeof METHODS)[number], wishes: MethodWishes): boolean {
  const isOn = {
    publickey: wishes.pubkeyAuthentication,
    password: wishes.passwordAuthentication,
    'keyboard-interactive': wishes.kbdInteractiveAuthentication,
  }[method];
  return isOn !== false && (wishes.preferredAuthentications?.includes(method) ?? true);
}

/** Returns the methods that OpenSSH could still try and ssh2 cannot. */
function lackOf(
  offered: readonly string[],
  tried: readonly string[],
  { identities, wishes }: { readonly identities: Identities; readonly wishes: MethodWishes },
): string | undefined {
  const { others, preferredAuthentications: preferred } = wishes;
  const takesTickets = offered.includes(TICKET) && (preferred?.includes(TICKET) ?? true);
  if (takesTickets && others?.get('gssapiauthentication') === 'yes') return TICKET_LACK;
  if (!offered.includes('publickey')) return undefined;
  if (identities.areMore === true) return 'a key lives in a security token';
  const isSha1Wanted = /(?:^[+^]?|,)ssh-rsa(?:,|$)/.test(others?.get('pubkeyacceptedalgorithms') ?? '');
  return isSha1Wanted && tried.some((one) => one.includes('(ssh-rsa '))
    ? 'ssh_config names ssh-rsa'
    : undefined;
}

const TICKET = 'gssapi-with-mic';
const TICKET_LACK = 'the server takes Kerberos';
const PASSWORD = 'the password';
const PASSWORD_HINT = { hint: 'check the user (-u) and the password' };

function triedText(tried: readonly string[]): string {
  if (tried.length === 0) return 'no key was tried';
  if (tried.length === 1 && tried[0] === PASSWORD) return 'the password was refused';
  return `tried ${tried.join(', ')}`;
}

/** Servers with PAM often ask for the password as a question; only one hidden question can mean it. */
function passwordMethod(
  username: string,
  password: string,
  left: readonly AuthenticationType[],
): AnyAuthMethod | undefined {
  if (left.includes('password')) return { type: 'password', username, password };
  if (!left.includes('keyboard-interactive')) return undefined;
  return {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, questions, finish) => {
      const [only] = questions;
      finish(questions.length === 1 && only?.echo === false ? [password] : []);
    },
  };
}
