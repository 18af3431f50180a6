/** The parts of a request that read standard input, which only one can. Pure. */
import { STDIN_PATHS } from '../../core/surroundings.ts';
import type { Field, RunRequest } from './request.ts';
import { listsOf, stdinOf } from './work.ts';

/** The readers of stdin, each by its field and as on a command line. */
export function stdinReaders({
  targets,
  connect,
  work,
}: RunRequest): readonly { field: Field; option: string }[] {
  const stdin = stdinOf(work);
  const { passwordFile } = connect;
  const lists = listsOf(work).filter(({ path }) => isOnStdin(path));
  return [
    ...(targets.areOnStdin ? [{ field: 'targets.areOnStdin' as const, option: '-s' }] : []),
    ...(stdin !== undefined && STDIN_PATHS.includes(stdin)
      ? [{ field: 'work.stdin' as const, option: `-i ${stdin}` }]
      : []),
    ...targets.hosts
      .filter((host) => STDIN_PATHS.includes(host))
      .map((host) => ({ field: 'targets.hosts' as const, option: `-o ${host}` })),
    ...(passwordFile !== undefined && isOnStdin(passwordFile)
      ? [{ field: 'connect.passwordFile' as const, option: `--password-file ${passwordFile}` }]
      : []),
    ...lists.map(({ field, option, path }) => ({ field, option: `${option} ${path}` })),
  ];
}

/** A name that `--password-file` or a list may have. */
export function isOnStdin(path: string): boolean {
  return path === '-' || STDIN_PATHS.includes(path);
}
