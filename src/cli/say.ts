/** Prints a text that is the whole answer. */
import { EXIT } from '../core/errors.ts';

/** The width of the terminal; undefined without one. */
export function terminalColumns(): number | undefined {
  return process.stdout.columns;
}

/** Resolves with the exit code, when the text is written or cannot be. */
export async function say(text: string): Promise<number> {
  const error = await new Promise<Error | null | undefined>((resolve) => {
    // Without a listener the error would end the process with a trace.
    if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', resolve);
    process.stdout.write(text, resolve);
  });
  if (!error) return EXIT.ok;
  const { brokenOutputError } = await import('../output/terminal/broken.ts');
  const { code, message, exitCode } = brokenOutputError(error, { isTTY: process.stdout.isTTY });
  if (code === 'output-not-written') process.stderr.write(`lockstep: ${message}\n`);
  return exitCode;
}
