/** Makes files beside their place on this machine, then puts them there: all of them, or it restores what was there. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Transfer } from '../types.ts';
import { LeftAside, putInPlace } from './put-in-place.ts';

export interface Staged {
  /** The directory that holds them. */
  readonly from: string;
  readonly names: readonly string[];
  /** Names to remove. */
  readonly gone?: readonly string[];
}

/** `fill` gets an empty directory. Rejects with the error of `fill`, or with LockstepError `local-refusal`. */
export async function putStaged(
  { to: place }: Pick<Transfer, 'to'>,
  fill: (stage: string) => Promise<Staged>,
): Promise<void> {
  const to = resolve(place);
  const refuse = (error: unknown): never => {
    const message = `cannot write to ${quoteInput(place)}: ${systemErrorText(error)}`;
    throw new LockstepError('local-refusal', message, { causes: [error] });
  };
  await mkdir(to, { recursive: true }).catch(refuse);
  const stage = await mkdtemp(join(to, '.lockstep-')).catch(refuse);
  let keepsStage = false;
  try {
    const { from, names, gone } = await fill(stage);
    await putInPlace(names, { from, to, aside: join(stage, 'aside'), gone }).catch((error: unknown) => {
      keepsStage = error instanceof LeftAside;
      refuse(error);
    });
  } finally {
    if (!keepsStage) await rm(stage, { recursive: true, force: true });
  }
}
