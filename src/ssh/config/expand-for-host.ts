/** Expands the values that ssh_config has for one host: paths, and commands. */
import { createHash } from 'node:crypto';
import type { Said } from './evaluate.ts';
import { expandTilde, expandTokens, type Homes } from './expand.ts';
import type { Keyword } from './keywords.ts';
import type { Position } from './lines.ts';
import { parseHop } from './values.ts';

/** Facts of this machine and its user. */
export interface Local {
  readonly user: string;
  readonly userId: number;
  /** The full name of this machine. */
  readonly machine: string;
  readonly homes: Homes;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type Expand = (text: string, place: Position) => string;

/** `given`: the host as typed. */
export function expander(
  said: Said,
  given: string,
  local: Local,
): { readonly path: Expand; readonly command: Expand } {
  const { user: localUser, userId, machine, homes, environment } = local;
  const one = (keyword: Keyword) => said.first.get(keyword)?.values[0];
  const port = one('port') ?? '22';
  const user = one('user') ?? localUser;
  const hops = one('proxyjump') ?? 'none';
  const jump = hops === 'none' ? '' : (parseHop(hops.split(',').at(-1) ?? '')?.host ?? '');
  const ofCommand = { h: said.address, k: one('hostkeyalias') ?? given, n: given, p: port, r: user };
  let tokens: Readonly<Record<string, string>> | undefined;
  const ofPath = () => {
    tokens ??= {
      ...ofCommand,
      // Few need the full host name, and it costs more than everything else here.
      get C() {
        return createHash('sha1').update(`${machine}${said.address}${port}${user}${jump}`).digest('hex');
      },
      L: machine.replace(/\..*$/s, ''),
      d: homes.own ?? '',
      i: String(userId),
      j: jump,
      l: machine,
      u: localUser,
    };
    return tokens;
  };
  return {
    path: (text, place) => {
      const path = expandTilde(text, homes, place);
      return /[%$]/.test(path) ? expandTokens(path, { tokens: ofPath(), environment }, place) : path;
    },
    command: (text, place) => expandTokens(text, { tokens: ofCommand }, place),
  };
}
