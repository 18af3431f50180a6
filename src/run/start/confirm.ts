/** Asks the user, on the terminal, before something that cannot be taken back. */
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import tty from 'node:tty';
import { LockstepError } from '../../core/errors.ts';
import type { Emit } from '../../core/events.ts';
import { unlessAborted } from '../work.ts';
import { hasTerminal } from './secret.ts';

/** Throws LockstepError `usage` where nobody can be asked: before anything else is done. */
export function requireTerminal(): void {
  if (hasTerminal()) return;
  throw new LockstepError('usage', '--lock-break asks before it acts, and there is no terminal to ask on', {
    hint: 'check the run id with --lock-status, then give --yes',
  });
}

/** Whether the answer is yes. Rejects with the signal's reason. */
export async function confirm(
  text: string,
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<boolean> {
  // Not a file stream: its read would block a thread, and with it the end of the process.
  const input = new tty.ReadStream(openSync(TERMINAL, 'r'));
  const lines = createInterface({ input });
  void emit({ type: 'question', text });
  try {
    const answer = new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
    });
    return /^y(es)?$/i.test((await unlessAborted(signal, answer)).trim());
  } finally {
    lines.close();
    input.destroy();
  }
}

/** Standard input may be a list of hosts; the terminal is there all the same. */
const TERMINAL = '/dev/tty';
