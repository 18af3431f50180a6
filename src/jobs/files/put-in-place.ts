/** Puts files that are ready into their place on this machine: all of them, or it restores what was there. */
import { lstat, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, systemErrorText } from '../../core/system-error.ts';

export interface Moves {
  readonly from: string;
  readonly to: string;
  /** A directory, on the same file system, for things that must leave their place. */
  readonly aside: string;
  /** Names to remove. */
  readonly gone?: readonly string[] | undefined;
}

/** What was there could not be put back; the message says where it lies. */
export class LeftAside extends Error {}

/** Rejects with an error of the system if nothing has changed, else with LeftAside. */
export async function putInPlace(
  names: readonly string[],
  { from, to, aside, gone = [] }: Moves,
): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const move = async (name: string, source: string, target: string) => {
    await rename(join(source, name), join(target, name));
    undo.unshift(() => rename(join(target, name), join(source, name)));
  };
  await mkdir(aside);
  try {
    for (const name of names) {
      // A rename does not replace a directory.
      if (await isThere(join(to, name))) await move(name, to, aside);
      await move(name, from, to);
    }
    for (const name of gone) await move(name, to, aside);
  } catch (error) {
    for (const back of undo) await back().catch((why) => failBack(why, error, aside));
    throw error;
  }
}

function failBack(why: unknown, error: unknown, aside: string): never {
  throw new LeftAside(
    `${systemErrorText(error)}; the old files could not be put back, and are in ${aside}: ${systemErrorText(why)}`,
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
