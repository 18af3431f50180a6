/** The lists of this machine that say which files to send: of names (`--files-from`), and of patterns (`--exclude-from`). */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { LockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import { CHOOSE_LIMITS } from '../../core/limits/choose.ts';
import { readBytes } from '../../core/read-whole.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Choice } from '../../transfer/choose/chooser.ts';
import { patternLines } from '../../transfer/choose/gitignore.ts';
import type { WorkOf } from '../request/request.ts';
import { isOnStdin } from '../request/stdin-readers.ts';
import type { Surroundings } from '../surroundings.ts';

type Here = Pick<Surroundings, 'stdin'> & { readonly tell: Tell };

/** Resolves to the names of the list, in order. Rejects with LockstepError `usage` for one that cannot be read, or has no names. */
export async function readNames(path: string, here: Here): Promise<readonly string[]> {
  const text = await readList(path, {
    here,
    option: '--files-from',
    bytesMax: CHOOSE_LIMITS.nameListBytesMax,
  });
  const names = text.includes('\0') ? text.replace(/\0$/, '').split('\0') : text.split('\n').filter(Boolean);
  if (names.length === 0 || text === '\0') {
    const hint = 'did the command that makes it fail?';
    throw refusal(`--files-from ${quoteInput(path)} names no file`, hint);
  }
  return names;
}

/** Resolves to undefined if the run sends everything that the user names. */
export async function readChoice(work: WorkOf<'upload' | 'sync'>, here: Here): Promise<Choice | undefined> {
  const bytesMax = CHOOSE_LIMITS.patternFileBytesMax;
  const patterns: string[] = [];
  for (const path of work.excludesFrom) {
    const lines = patternLines(await readList(path, { here, option: '--exclude-from', bytesMax }));
    const message = `--exclude-from ${quoteInput(path)} holds no pattern, and leaves nothing out`;
    if (lines.length === 0) here.tell({ type: 'log', level: 'warn', message });
    patterns.push(...lines);
  }
  const excludes = [...patterns, ...work.excludes];
  const { obeysGitignore } = work;
  return excludes.length > 0 || obeysGitignore ? { excludes, obeysGitignore } : undefined;
}

async function readList(
  path: string,
  { here, option, bytesMax }: { here: Here; option: string; bytesMax: number },
): Promise<string> {
  const named = `${option} ${quoteInput(path)}`;
  const stream = isOnStdin(path) ? here.stdin() : createReadStream(path);
  const tooLong = () => new Error(`it is longer than ${bytesMax} bytes`);
  const bytes = await readBytes(stream, bytesMax, tooLong).catch((error: unknown) => {
    throw refusal(`${named} cannot be read: ${systemErrorText(error)}`);
  });
  if (!isUtf8(bytes)) throw refusal(`${named} is not UTF-8`, 'names of other bytes cannot be sent');
  return bytes.toString('utf8');
}

function refusal(message: string, hint?: string): LockstepError {
  return new LockstepError('usage', message, hint === undefined ? {} : { hint });
}
