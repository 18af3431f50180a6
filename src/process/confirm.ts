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
  let isEntered = false;
  try {
    const answer = new Promise<string | undefined>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
    });
    const typed = await unlessAborted(signal, answer);
    isEntered = typed !== undefined;
    return /^y(es)?$/i.test(typed?.trim() ?? '');
  } finally {
    // Ctrl-D, and a signal, leave the question without the end of its line.
    if (!isEntered) tell({ type: 'question', text: '\n' });
    tell({ type: 'answered' });
    lines.close();
    input.destroy();
  }
}

/** Standard input may be a list of hosts; the terminal is there all the same. */
const TERMINAL = '/dev/tty';
