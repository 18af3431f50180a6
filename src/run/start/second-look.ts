/** Looks once more, before any connection, at lines that are valid but perhaps meant otherwise. */
import { userInfo } from 'node:os';
import type { LogLevel } from '../../core/events.ts';
import { CHOOSE_LIMITS } from '../../core/limits/choose.ts';
import type { Node } from '../../core/node.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { Run } from '../begin.ts';
import { modeOf } from '../modes/modes.ts';
import type { RunRequest } from '../request/request.ts';
import { directoryOf, filesOf } from '../request/work.ts';
import type { Surroundings } from '../surroundings.ts';
import { userName } from './identity.ts';
import { refuseLoginKey } from './private-key.ts';
import { fileHint, isPlainFile } from './target-hint.ts';

/** A run, or a line that may become one. */
interface Looked extends Pick<Run, 'request' | 'tell'> {
  readonly here: Pick<Surroundings, 'environment'>;
  readonly progress: { readonly nodes: readonly Node[] };
}

/** Throws LockstepError `usage` for lines that would give a secret away, and warns of all others. */
export function lookTwice(
  { request, tell, here, progress: { nodes } }: Looked,
  collection: Collection | undefined,
): void {
  refuseLoginKey(request, tell);
  const say = (level: LogLevel, message: string) => tell({ type: 'log', level, message });
  for (const host of request.targets.hosts) {
    if (/^[\w.-]+$/.test(host) && isPlainFile(host)) say('warn', fileHint(host));
  }
  for (const [option, path] of nodePaths(request)) {
    if (isExpandedHere(path, { nodes, home: homeOf(here) }))
      say(modeOf(request.work).changesFiles ? 'warn' : 'info', expanded(option, path, homeOf(here)));
  }
  if (collection !== undefined && collection.leftOut.length > 0) say('warn', leftOut(collection.leftOut));
  const { work } = request;
  const root = directoryOf(work);
  const word = filesOf(work).find((one) => !one.startsWith('/') && !one.split('/').includes('..'));
  // A release lies behind its link however it is written; the run says so at the end.
  const isMeant = ('areRelative' in work && work.areRelative) || ('isRelease' in work && work.isRelease);
  if (root === undefined || isMeant || collection === undefined || word === undefined) return;
  say('info', longWay(root, word, collection));
}

/** Returns the paths on the nodes, each with the option that gave it. */
function nodePaths({ work, lock }: RunRequest): [option: string, path: string][] {
  const to = (work.mode === 'sync' ? work.arguments : [])
    .filter((word) => word.startsWith('--to='))
    .map((word) => word.slice('--to='.length));
  const given: [string, string | undefined][] = [
    ['-r', directoryOf(work) ?? (lock.makes === 'file' ? undefined : lock.path)],
    ['--lock-file', lock.makes === 'file' ? lock.path : undefined],
    ...to.map((path): [string, string] => ['-g --to', path]),
  ];
  return given.flatMap(([option, path]) => (path === undefined ? [] : [[option, path]]));
}

function expanded(option: string, path: string, home: string): string {
  const meant = quoteInput(`~${path.slice(home.length)}`);
  return `${option} ${quoteInput(path)} begins with your home on this machine; for the login directory of the nodes write ${meant}, in quotes`;
}

/** Finds a `~/app` that the local shell has expanded. If both sides have the same account they may have the same home, too. */
function isExpandedHere(path: string, { nodes, home }: { nodes: readonly Node[]; home: string }): boolean {
  if (home === '' || !`${path}/`.startsWith(`${home}/`)) return false;
  return home !== accountHome() || nodes.some(({ user }) => user !== userName());
}

function homeOf({ environment }: Looked['here']): string {
  return (environment.HOME ?? '').replace(/\/+$/, '');
}

function accountHome(): string | undefined {
  try {
    return userInfo().homedir.replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}

/** Finds a pattern, or a list, that covers more than the user may think. */
function leftOut(words: readonly string[]): string {
  const { leftOutNamedMax: max } = CHOOSE_LIMITS;
  const named = words.slice(0, max).map((word) => quoteInput(word));
  const others = words.length > max ? [`${words.length - max} more`] : [];
  return `named, and left out by --exclude or --gitignore: ${[...named, ...others].join(', ')}`;
}

/** Finds a forgotten `-e`: as in orgalorg, the whole path of a file would end up below `-r`. */
function longWay(root: string, word: string, { roots }: Collection): string {
  const below = root.endsWith('/') ? root : `${root}/`;
  const short = word.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  const long = roots.find((member) => member.endsWith(`/${short}`)) ?? roots[0] ?? '';
  return `relative names go to ${quoteInput(below + long)}; with -e they go to ${quoteInput(below + short)}`;
}
