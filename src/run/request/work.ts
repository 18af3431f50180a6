/** Questions about the work of any mode. Pure. */
import { trimPath } from '../../core/lock.ts';
import type { Connect, Field, RunRequest, Targets, WorkOf, WorkRequest } from './request.ts';

/** The user's own text that runs on the nodes; empty if none does. */
export function commandText(work: WorkRequest): string {
  if (work.mode === 'command') return work.text;
  return (work.mode === 'sync' ? work.command : undefined) ?? '';
}

/** The files to send, as the user named them; empty if there are none. */
export function filesOf(work: WorkRequest): readonly string[] {
  return work.mode === 'upload' || work.mode === 'sync' ? work.files : [];
}

/** Whether the request names files, in any way. */
export function namesFiles(work: WorkRequest): boolean {
  return filesOf(work).length > 0 || ('filesFrom' in work && work.filesFrom !== undefined);
}

/** The local files that say which files to send. */
export function listsOf(
  work: WorkRequest,
): readonly { readonly field: Field; readonly option: string; readonly path: string }[] {
  if (!('excludesFrom' in work)) return [];
  const { filesFrom, excludesFrom } = work;
  return [
    ...(filesFrom === undefined
      ? []
      : [{ field: 'work.filesFrom' as const, option: '--files-from', path: filesFrom }]),
    ...excludesFrom.map((path) => ({ field: 'work.excludesFrom' as const, option: '--exclude-from', path })),
  ];
}

/** Whether the run only tells what the nodes have, and changes nothing. */
export function isLook(work: WorkRequest): boolean {
  return work.mode === 'releases' || ('look' in work && work.look !== undefined);
}

/** The local file that is every command's stdin. */
export function stdinOf(work: WorkRequest): string | undefined {
  return work.mode === 'command' || work.mode === 'sync' ? work.stdin : undefined;
}

/** The directory in which it works on the nodes, if the user names one. */
export function directoryOf(work: WorkRequest): string | undefined {
  return 'directory' in work ? work.directory : undefined;
}

/** How fast files may go, over all nodes; undefined: as fast as they can. */
export function bytesPerSecondOf(work: WorkRequest): number | undefined {
  return 'bytesPerSecond' in work ? work.bytesPerSecond : undefined;
}

/** The limits that may end a node's command before its own end. */
export function limitsOf(work: WorkRequest): Pick<WorkOf<'command'>, 'timeoutMs' | 'isFailFast'> {
  return 'isFailFast' in work ? work : { isFailFast: false };
}

/** Whether the request names nodes, in any way. */
export function namesTargets({ hosts, areOnStdin, inventory, program }: Targets): boolean {
  return hosts.length > 0 || areOnStdin || inventory !== undefined || program !== undefined;
}

/** With a password, asked for or read. */
export function logsInByPassword({ isPasswordAsked, passwordFile }: Connect): boolean {
  return isPasswordAsked || passwordFile !== undefined;
}

/** Removes trailing slashes from the name that is shown and compared. */
export function lockPath({ lock }: Pick<RunRequest, 'lock'>): string {
  return trimPath(lock.path ?? '/');
}
