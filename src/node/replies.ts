/**
 * What a keeper or a receiver says, as values. A reply is a line that begins with the run's token;
 * all else on the stream (banners of login scripts) is noise, so nothing here trusts position, only the token.
 */
export interface Holder {
  readonly who: string;
  readonly run: string;
  readonly since: string;
  readonly lockPath: string;
  readonly reason: string;
  readonly command: string;
}

/** A run that ended in the middle of its commit, and how it left this node. */
export interface Unfinished {
  readonly run: string;
  readonly who: string;
  readonly since: string;
  readonly state: 'begun' | 'new' | 'old' | 'unknown';
}

export type Reply =
  /** keeper: PID:START, the identity by which workers know it. */
  | { readonly kind: 'acquired'; readonly keeper: string }
  /** holder: undefined when this account cannot see the process. */
  | { readonly kind: 'locked'; readonly holder: Holder | undefined }
  | { readonly kind: 'draining'; readonly pids: readonly number[]; readonly run: string }
  | { readonly kind: 'error'; readonly reason: string }
  | { readonly kind: 'pong'; readonly beat: number }
  | { readonly kind: 'left'; readonly unfinished: Unfinished }
  /** The command of GO has ended, and with it its part of stdout; END says the same of stderr. */
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'end' }
  /** Processes that could not be ended. */
  | { readonly kind: 'remains'; readonly pids: readonly number[] }
  | { readonly kind: 'released'; readonly cause: string }
  | { readonly kind: 'stage'; readonly path: string }
  | { readonly kind: 'staged' }
  | { readonly kind: 'committed' }
  /** What a node has for a sync: a tool, the login directory, a run directory made for this run. */
  | { readonly kind: 'tool' | 'login' | 'directory'; readonly path: string };

/** Parses a line without its token and newline; undefined: not a reply we know. */
export function parseReply(line: string): Reply | undefined {
  const word = /^[A-Z]+/.exec(line)?.[0];
  const rest = line.slice(word?.length ?? 0);
  const text = rest.replace(/^ /, '');
  switch (word) {
    case 'ACQUIRED':
      return /^\d+:\d+$/.test(text) ? { kind: 'acquired', keeper: text } : undefined;
    case 'LOCKED':
      return { kind: 'locked', holder: parseHolder(rest.split('\t').slice(1)) };
    case 'DRAINING': {
      const [, pids = '', run = ''] = rest.split('\t');
      return { kind: 'draining', pids: numbers(pids), run };
    }
    case 'ERROR':
      return { kind: 'error', reason: text };
    case 'PONG':
      return /^\d+$/.test(text) ? { kind: 'pong', beat: Number(text) } : undefined;
    case 'LEFT':
      return parseUnfinished(rest.split('\t').slice(1));
    case 'EXIT':
      return /^\d{1,3}$/.test(text) ? { kind: 'exit', code: Number(text) } : undefined;
    case 'END':
      return { kind: 'end' };
    case 'REMAINS':
      return { kind: 'remains', pids: numbers(text) };
    case 'RELEASED':
      return { kind: 'released', cause: text };
    case 'STAGE':
      return { kind: 'stage', path: text };
    case 'STAGED':
      return { kind: 'staged' };
    case 'COMMITTED':
      return { kind: 'committed' };
    case 'TOOL':
      return { kind: 'tool', path: text };
    case 'LOGIN':
      return { kind: 'login', path: text };
    case 'DIRECTORY':
      return { kind: 'directory', path: text };
    default:
      return undefined;
  }
}

function parseHolder(fields: readonly string[]): Holder | undefined {
  const [who, run, since, lockPath, reason, command] = fields;
  if (who === undefined || run === undefined || since === undefined || lockPath === undefined)
    return undefined;
  return { who, run, since, lockPath, reason: reason ?? '', command: command ?? '' };
}

function parseUnfinished(fields: readonly string[]): Reply | undefined {
  const [run = '', who = '', since = '', state = ''] = fields;
  const known = state === 'begun' || state === 'new' || state === 'old';
  return { kind: 'left', unfinished: { run, who, since, state: known ? state : 'unknown' } };
}

function numbers(text: string): number[] {
  return text.split(' ').filter(Boolean).map(Number).filter(Number.isSafeInteger);
}
