/** `--targets-from`: a program of this machine that prints targets, one a line, or an inventory as JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { readWhole } from '../../core/read-whole.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { singleLine } from '../../text/single-line.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * Resolves to what the program printed. It ends the program, with all that this has started, when it takes too long or the run
 * ends. Rejects with LockstepError `usage` where the program failed, since its list may be cut.
 */
export async function runTargetsProgram(
  text: string,
  { environment, signal }: Pick<Surroundings, 'environment' | 'signal'>,
): Promise<string> {
  signal.throwIfAborted();
  // The program leads a process group, so that what it starts can be ended with it.
  const child = spawn('sh', ['-c', text], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
    detached: true,
  });
  const timeout = AbortSignal.timeout(LIMITS.targetsFromMs);
  const ends = AbortSignal.any([signal, timeout]);
  let isOver = false;
  const end = () => {
    if (!isOver) killGroup(child);
  };
  ends.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    const said = readTail(child);
    const [list, status, words] = await Promise.all([
      readWhole(child.stdout, LIMITS.hostListBytesMax, () => new TooLong()),
      statusOf(child),
      said,
    ]);
    isOver = true;
    signal.throwIfAborted();
    if (timeout.aborted) throw failed(text, `took longer than ${LIMITS.targetsFromMs / 1000} s`, words);
    if (status !== 'exit code 0') throw failed(text, `ended with ${status}`, words);
    return list;
  } catch (error) {
    if (error instanceof TooLong)
      throw failed(text, `printed more than ${LIMITS.hostListBytesMax} bytes`, '');
    throw error;
  } finally {
    end();
    process.off('exit', end);
    ends.removeEventListener('abort', end);
  }
}

class TooLong extends Error {}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}

function statusOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
}

/** Returns the last line of stderr, which tells what went wrong. */
async function readTail({ stderr }: ChildProcess): Promise<string> {
  let tail = '';
  for await (const chunk of stderr ?? []) tail = (tail + String(chunk)).slice(-LIMITS.serverTextCharsMax);
  return tail.trim();
}

function failed(text: string, how: string, words: string): LockstepError {
  const said = words === '' ? '' : `: ${singleLine(words, LIMITS.serverTextCharsMax)}`;
  return new LockstepError('usage', `--targets-from: ${quoteInput(text)} ${how}${said}`, {
    hint: 'it prints one target a line, or an inventory as JSON, and ends with 0',
  });
}
