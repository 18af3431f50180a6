/** Asks for a password or passphrase on the terminal, without echo; standard input may carry data meanwhile. */
import { closeSync, openSync } from 'node:fs';
import tty from 'node:tty';
import type { Tell } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { unlessAborted } from '../core/waiting.ts';

/** Whether there is a terminal to ask the user on, wherever stdin and stdout go. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync(TERMINAL, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** What the user types up to Enter. Rejects with the signal's reason; Ctrl-C is that of the whole run. */
export async function askSecret(
  prompt: string,
  { tell, signal }: { readonly tell: Tell; readonly signal: AbortSignal },
): Promise<string> {
  // Not a file stream: its read would block a thread, and with it the end of the process.
  const input = new tty.ReadStream(openSync(TERMINAL, 'r'));
  input.setEncoding('utf8').setRawMode(true);
  tell({ type: 'question', text: prompt });
  try {
    return await unlessAborted(signal, readLine(input));
  } finally {
    input.setRawMode(false);
    input.destroy();
    tell({ type: 'question', text: '\n' });
  }
}

const TERMINAL = '/dev/tty';

/** Raw mode hands the keys over as they are, so the keys that edit a line are handled here. */
function readLine(input: tty.ReadStream): Promise<string> {
  return new Promise((resolve) => {
    let typed: string[] = [];
    const keys: Readonly<Record<string, () => void>> = {
      '\r': () => resolve(typed.join('')),
      '\n': () => resolve(typed.join('')),
      // End of file.
      '\x04': () => resolve(typed.join('')),
      // The terminal would signal the whole process group, but does not in raw mode.
      '\x03': () => void process.kill(process.pid, 'SIGINT'),
      '\x7f': () => void typed.pop(),
      '\b': () => void typed.pop(),
      // Kill the line.
      '\x15': () => {
        typed = [];
      },
    };
    input.on('data', (text: string) => {
      for (const key of text) {
        if (Object.hasOwn(keys, key)) keys[key]?.();
        else if (typed.length < LIMITS.secretCharsMax) typed.push(key);
      }
    });
    input.once('close', () => resolve(''));
  });
}
