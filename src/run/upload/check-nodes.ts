/** `--check-cmd`: runs a command on every node, when all have the new files and can still go back to the old ones. */
import { LockstepError } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import { runCommand } from '../command/command.ts';
import type { HeldRun } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';

export type Check = Pick<
  WorkOf<'upload'>,
  'checkCommand' | 'directory' | 'shell' | 'timeoutMs' | 'isFailFast'
>;

/** Resolves with an error for each node that failed the check; with none where there is no check. */
export async function checkNodes(
  work: HeldRun,
  { checkCommand, directory, shell, timeoutMs, isFailFast = false }: Partial<Check>,
): Promise<LockstepError[]> {
  if (checkCommand === undefined) return [];
  await runCommand(work, { timeoutMs, isFailFast }, () => ({ text: checkCommand, directory, shell }));
  return work.sites.flatMap(({ node }) => {
    const outcome = work.outcomes.get(node);
    const why = outcome === undefined ? 'has not ended' : failureText(outcome);
    return why === undefined ? [] : [new LockstepError('check-failed', why, { node })];
  });
}

/** Why the check failed. Undefined also for a check that the run has ended because another one failed: that one has its own error. */
function failureText(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'exit':
      return `exited with code ${outcome.code}`;
    case 'signal':
      return `was killed by signal ${outcome.signal.replace(/^SIG/, '')}`;
    case 'timed-out':
      return `took longer than ${outcome.afterMs / 1000} s`;
    case 'lost':
      return `was lost: ${outcome.reason}`;
    case 'refused':
      return outcome.error.message;
    case 'ok':
    case 'ended':
    case 'skipped':
      return undefined;
  }
}
