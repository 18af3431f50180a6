/** How each word is called: what `lockstep WORD --help` tells, and what its mistakes hint at. */
import { LockstepError } from '../../core/errors.ts';

const RUN = 'RUN is an id, its beginning, last or -1';

/** By the word, in the order of the help. */
export const WORD_LINES: Readonly<Record<string, string>> = {
  job: 'lockstep job [-f FILE] (NAME… [--plan]|--list) [--role ROLE] [--schedule HOW] [--break-on-error] [--events FD] [options]; docs/jobs.md tells more',
  halt: `lockstep halt RUN; ${RUN}`,
  skip: `lockstep skip RUN NODE…; ${RUN}`,
  resume: `lockstep resume [--changed-sources] RUN; ${RUN}`,
  retry: `lockstep retry [--failed] [--lost] [--skipped] [--changed-sources] RUN [NODE…]; ${RUN}`,
  show: `lockstep show RUN [--json]; ${RUN}`,
  log: `lockstep log RUN [-f]; ${RUN}`,
  report: `lockstep report RUN [--html FILE]; ${RUN}`,
  runs: 'lockstep runs [--last N] [--failed] [--json]',
  run: 'lockstep run --request FILE, or - for stdin [--events FD]; docs/REQUESTS.md tells what stands in it',
  completion: 'lockstep completion bash, zsh or fish; in ~/.bashrc: eval "$(lockstep completion bash)"',
  version: 'lockstep version',
  demo: 'lockstep demo',
  help: 'lockstep help',
};

/** A mistake in what follows a word. */
export function wordRefusal(word: string, message: string): LockstepError {
  return new LockstepError('usage', message, { hint: WORD_LINES[word] });
}
