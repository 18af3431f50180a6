/**
 * What a keeper or a receiver says, as values. A reply is a line that begins with the run's token;
 * all else on the stream (banners of login scripts) is noise, so nothing here trusts position, only the token.
 */
import type { FlockState, LockKind, SeenHolder, Unfinished } from '../../core/lock.ts';
import { decodeWord } from '../boot.ts';

/** As a keeper's arguments tell the kind: words that others look for in the arguments of processes are none of ours. */
export const KIND_MARKS: Readonly<Record<LockKind, string>> = {
  exclusive: 'x',
  shared: 's',
  none: 'n',
  joined: 'jx',
  'joined-shared': 'js',
};

export type Reply =
  /** keeper: PID:START, the identity by which workers know it. */
  | { readonly kind: 'acquired'; readonly keeper: string }
  /** Said before `locked`, for each holder that this account can see; there may be none. */
  | { readonly kind: 'holder'; readonly holder: SeenHolder }
  | { readonly kind: 'locked' }
  | { readonly kind: 'draining'; readonly pids: readonly number[]; readonly run: string }
  /** Work of a run whose keeper is gone. */
  | { readonly kind: 'orphan'; readonly pid: number; readonly run: string }
  | { readonly kind: 'flock'; readonly state: FlockState }
  | { readonly kind: 'broken' }
  | { readonly kind: 'error'; readonly reason: string }
  | { readonly kind: 'pong'; readonly beat: number }
  | { readonly kind: 'left'; readonly unfinished: Unfinished }
  /** The command of GO has ended, and with it its part of stdout; END says the same of stderr. Clean: nothing of it is left. */
  | { readonly kind: 'exit'; readonly code: number; readonly isClean: boolean }
  | { readonly kind: 'end' }
  /** The shell that ran the command of GO is gone: killed by somebody, or it could not fork. */
  | { readonly kind: 'died'; readonly how: string }
  /** Processes that could not be ended. */
  | { readonly kind: 'remains'; readonly pids: readonly number[] }
  /** The keeper ends the run by itself: a signal told it to, or it heard nothing for too long. */
  | { readonly kind: 'ending'; readonly cause: string }
  | { readonly kind: 'released'; readonly cause: string }
  | { readonly kind: 'stage'; readonly path: string }
  /** Nothing there tells a sha256. */
  | { readonly kind: 'cksum' }
  /** It cannot unpack what comes compressed. */
  | { readonly kind: 'plain' }
  /** The program with which it carries plans out. */
  | { readonly kind: 'runs'; readonly program: string }
  /** Of members with xattrs: those that are not as sent, directories that stay as they are, and what was not seen. Undefined: nothing can look. */
  | { readonly kind: 'xattrs'; readonly kinds: readonly [Some, Some, Some] | undefined }
  | { readonly kind: 'staged' }
  /** All is new, and waits for the run's decision. */
  | { readonly kind: 'switched' }
  | { readonly kind: 'committed' }
  /** What a node has for a sync: a tool, the login directory, a run directory made for this run. */
  | { readonly kind: 'tool' | 'login' | 'directory'; readonly path: string }
  /** Of a directory with releases: what is current, what was before, the last one first, and each that is there. */
  | { readonly kind: 'current' | 'before' | 'release'; readonly name: string };

/** So many of a list, and the place of the first of them. */
export interface Some {
  readonly count: number;
  readonly first: number;
}

/** Parses a line without its token and newline; undefined: not a reply we know. */
export function parseReply(line: string): Reply | undefined {
  const word = /^[A-Z]+/.exec(line)?.[0];
  const rest = line.slice(word?.length ?? 0);
  const text = rest.replace(/^ /, '');
  switch (word) {
    case 'ACQUIRED':
      return /^\d+:\d+$/.test(text) ? { kind: 'acquired', keeper: text } : undefined;
    case 'HOLDER':
      return parseHolder(rest.split('\t').slice(1));
    case 'LOCKED':
      return { kind: 'locked' };
    case 'ORPHAN': {
      const [pid = '', run = ''] = text.trim().split(' ');
      return /^\d+$/.test(pid) ? { kind: 'orphan', pid: Number(pid), run } : undefined;
    }
    case 'FLOCK':
      return parseFlock(text);
    case 'BROKEN':
      return { kind: 'broken' };
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
      return parseExit(text);
    case 'END':
      return { kind: 'end' };
    case 'DIED':
      return { kind: 'died', how: text };
    case 'REMAINS':
      return { kind: 'remains', pids: numbers(text) };
    case 'ENDING':
      return { kind: 'ending', cause: text };
    case 'RELEASED':
      return { kind: 'released', cause: text };
    case 'STAGE':
      return { kind: 'stage', path: text };
    case 'CKSUM':
      return { kind: 'cksum' };
    case 'PLAIN':
      return { kind: 'plain' };
    case 'RUNS':
      return { kind: 'runs', program: text };
    case 'XATTRS':
      return parseXattrs(text);
    case 'STAGED':
      return { kind: 'staged' };
    case 'SWITCHED':
      return { kind: 'switched' };
    case 'COMMITTED':
      return { kind: 'committed' };
    case 'TOOL':
      return { kind: 'tool', path: text };
    case 'LOGIN':
      return { kind: 'login', path: text };
    case 'DIRECTORY':
      return { kind: 'directory', path: text };
    case 'CURRENT':
    case 'BEFORE':
    case 'RELEASE':
      return RELEASE_NAME.test(text) ? { kind: RELEASE_KINDS[word], name: text } : undefined;
    default:
      return undefined;
  }
}

const RELEASE_KINDS = { CURRENT: 'current', BEFORE: 'before', RELEASE: 'release' } as const;

/** As nodes call a release; they pass over other names. */
const RELEASE_NAME = /^(?![.-])[\w.+-]{1,100}$/;

function parseXattrs(text: string): Reply | undefined {
  if (text === 'none') return { kind: 'xattrs', kinds: undefined };
  if (!/^\d+( \d+){5}$/.test(text)) return undefined;
  const [a, b, c, d, e, f] = numbers(text) as [number, number, number, number, number, number];
  const kinds = [
    { count: a, first: b },
    { count: c, first: d },
    { count: e, first: f },
  ] as const;
  return { kind: 'xattrs', kinds };
}

function parseHolder(fields: readonly string[]): Reply | undefined {
  const [pid = '', ...record] = fields;
  const [who, run, since, lockPath, reason = '', command = '', version = '', kind] = record.map(decodeWord);
  if (!/^\d+$/.test(pid) || who === undefined || run === undefined) return undefined;
  if (since === undefined || lockPath === undefined) return undefined;
  const isShared = kind === KIND_MARKS.shared || kind === KIND_MARKS['joined-shared'];
  const holder = { who, run, since, lockPath, reason, command, version };
  return { kind: 'holder', holder: { ...holder, kind: isShared ? 'shared' : 'exclusive', pid: Number(pid) } };
}

function parseFlock(text: string): Reply | undefined {
  const [word, pid = ''] = text.split(' ');
  if (word === 'held') return { kind: 'flock', state: { kind: word, pid: Number.parseInt(pid, 10) || 0 } };
  const isKnown = word === 'free' || word === 'missing' || word === 'unknown';
  return isKnown ? { kind: 'flock', state: { kind: word } } : undefined;
}

function parseExit(text: string): Reply | undefined {
  const [, code, clean] = /^(\d{1,3})( clean)?$/.exec(text) ?? [];
  return code === undefined ? undefined : { kind: 'exit', code: Number(code), isClean: clean !== undefined };
}

function parseUnfinished(fields: readonly string[]): Reply | undefined {
  const [run = '', who = '', since = '', state = ''] = fields;
  const known = state === 'begun' || state === 'new' || state === 'old';
  return { kind: 'left', unfinished: { run, who, since, state: known ? state : 'unknown' } };
}

function numbers(text: string): number[] {
  return text.split(' ').filter(Boolean).map(Number).filter(Number.isSafeInteger);
}
