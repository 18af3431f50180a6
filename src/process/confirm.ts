/** Asks the user, on the terminal, before something that nobody can take back. */
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import tty from 'node:tty';
import type { Tell } from '../core/events.ts';
import { unlessAborted } from '../core/waiting.ts';

/** Whether the answer is yes. Rejects with the signal's reason. */
export async function confirm(
  text: string,
  { tell, signal }: { tell: Tell; signal: AbortSignal },
): Promise<boolean> {
  // Not a file stream: its read would block a thread, and with it the end of the process.
  const input = new tty.ReadStream(openSync(TERMINAL, 'r'));
  const lines = createInterface({ input });
  tell({ type: 'question', text });
  try {
    const answer = new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
    });
    return /^y(es)?$/i.test((await unlessAborted(signal, answer)).trim());
  } finally {
    tell({ type: 'answered' });
    lines.close();
    input.destroy();
  }
}

/** Standard input may be a list of hosts; the terminal is there all the same. */
const TERMINAL = '/dev/tty';
