/** Checks a request by itself, before anything is looked up. Loads the checks only if something may be wrong. */
import type { RunRequest, Show, WorkRequest } from '../run/request/request.ts';
import { commandText } from '../run/request/work.ts';

/** Throws LockstepError `usage`. */
export async function checkRequest({ show, work }: RunRequest): Promise<void> {
  await checkLooks(show);
  await checkCommand(work);
}

async function checkLooks({ barFormat, logFormat }: Show): Promise<void> {
  if (barFormat === 'default' && logFormat === 'default') return;
  (await import('../output/look/check-looks.ts')).checkLooks({ barFormat, logFormat });
}

async function checkCommand(work: WorkRequest): Promise<void> {
  if (work.mode !== 'command' && work.mode !== 'sync' && work.mode !== 'upload') return;
  const { shell, directory } = work;
  if (shell !== undefined) (await import('../node/worker/shell-template.ts')).checkTemplate(shell);
  const text = work.mode === 'upload' ? (work.checkCommand ?? '') : commandText(work);
  if (text.length < USUAL_CHARS_MAX) return;
  const parameters = work.mode === 'sync' ? work.arguments : [];
  const { checkLength } = await import('../node/worker/remote-command.ts');
  checkLength({ text, directory, shell, parameters });
}

const USUAL_CHARS_MAX = 10_000;
