/** How a bench ends: whatever happens, what it began is taken down, and the exit code says how it went. */
import { Cleanups } from '../test/farm/cleanups.ts';

/** 70 is a bench that broke; a signal ends it with the shell's code for that signal. */
export async function runBench(main: (cleanups: Cleanups) => Promise<number>): Promise<void> {
  const cleanups = new Cleanups();
  for (const [signal, code] of ENDINGS) {
    process.once(signal, () => void cleanups.run().finally(() => process.exit(code)));
  }
  let exitCode = 70;
  try {
    exitCode = await main(cleanups);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
  } finally {
    await cleanups.run();
    process.exitCode = exitCode;
  }
}

const ENDINGS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;
