/** What goes only with `--check-cmd`; see `rules.ts`. Pure. */

import type { RunRequest } from '../request/request.ts';
import type { Rule } from './rule.ts';

/** An upload without any command. */
export function isUnchecked({ work }: RunRequest): boolean {
  return work.mode === 'upload' && work.checkCommand === undefined;
}

export const CHECK_RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { work } }) => work.mode === 'upload' && work.checkCommand?.trim() === '',
    request: 'work.checkCommand: it is empty',
    line: '--check-cmd needs a command',
    hint: "write it as one word: --check-cmd 'nginx -t'",
  },
  {
    isBroken: ({ request }) => {
      const { work } = request;
      return (
        isUnchecked(request) && 'isFailFast' in work && (work.timeoutMs !== undefined || work.isFailFast)
      );
    },
    request: 'work: timeoutMs and isFailFast go with checkCommand, where files are uploaded',
    line: '--timeout and --fail-fast go with -C, with -S -m, or with -U --check-cmd',
    hint: 'an upload alone has no command that could take too long, or fail; --recv-timeout gives a node up that takes no data',
  },
];
