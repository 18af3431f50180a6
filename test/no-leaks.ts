/** Fails a tier in which a secret of the tests was seen where it must not be (S6). */
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CANARY, filesWith, refuseLeaks } from './farm/canary.ts';
import { watchProcesses } from './farm/watch-processes.ts';

export function setup(): () => void {
  const end = watchTier(CANARY);
  return () => {
    try {
      end();
    } catch (error) {
      // vitest tells it, and ends with 0.
      process.exitCode = 1;
      throw error;
    }
  };
}

/** What is returned ends the watch, and throws by name what was found. */
export function watchTier(word: string, periodMs?: number): () => void {
  const [watch, startedMs] = [watchProcesses(word, periodMs), Date.now()];
  return () => refuseLeaks([...watch.stop(), ...filesWith(word, temporary(startedMs))]);
}

/** What lockstep has left in its directories for temporary files; farms look after their own, and bundles are the tests themselves. */
function temporary(sinceMs: number): { readonly path: string }[] {
  return [tmpdir(), '/var/tmp'].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => /^lockstep-(?!farm-|bundle-)/.test(name))
      .map((name) => ({ path: join(directory, name) }))
      .filter(({ path }) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs),
  );
}
