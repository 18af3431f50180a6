/**
 * Which run goes on with a rollout: at most one, however many want to at once, and whether or not there is a lock. Its id
 * stands in the directory of the run with which it goes on. A run that never began a node has not gone on: the next one
 * that wants to stands in its directory. All is known of the runs of this journal alone. Its nodes cannot be shared out as
 * those of other runs are (`claim-nodes.ts`): two runs side by side would each count its limits for itself.
 */
import { readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '../core/errors.ts';
import { codeOf, systemErrorText } from '../core/system-error.ts';
import { type FoundRun, foundAt, hasBegun } from './find-run.ts';
import { RUN_NAME } from './head.ts';

/** A link, since the system makes one as a whole or not at all, also on a full disk. It leads to no file. */
const CLAIM_NAME = 'next';

/** Throws LockstepError `usage` if a run goes on with this one, or has done so. */
export async function checkRolloutFree(found: FoundRun): Promise<void> {
  await placeOfClaim(found);
}

/** The same, and from now on `run` does. */
export async function claimRollout(found: FoundRun, run: string): Promise<void> {
  const place = await placeOfClaim(found);
  try {
    await symlink(run, join(place, CLAIM_NAME));
  } catch (error) {
    // Somebody was faster.
    if (codeOf(error) === 'EEXIST') return claimRollout(found, run);
    const what = `the journal cannot take down that this run goes on with run ${found.head.run}`;
    throw new LockstepError('local-refusal', `${what}: ${systemErrorText(error)}`, { hint: WITHOUT });
  }
}

const WITHOUT = 'without that another run could do the same nodes again; nothing was run on any node';

/** The directory in which the next claim has its place. */
async function placeOfClaim(found: FoundRun): Promise<string> {
  const { head, path } = await originOf(found);
  const place = dirname(path);
  let last = path;
  const seen = new Set<string>();
  for (;;) {
    const next = await claimIn(last, head.run);
    if (next === undefined) return last;
    const later = await foundAt(join(place, next)).catch((error: unknown) => {
      throw refusal(
        `run ${next} has gone on with run ${head.run}, and cannot be read: ${systemErrorText(error)}`,
        head.run,
      );
    });
    const state = await hasBegun(later);
    if (state === 'at-work') {
      throw new LockstepError('usage', `run ${next} goes on with run ${head.run} already, and is at work`, {
        hint: `lockstep log -f ${next} follows it`,
      });
    }
    if (state === 'begun') {
      throw new LockstepError('usage', `run ${next} has gone on with run ${head.run} already`, {
        hint: `its journal has all nodes of the rollout: lockstep resume ${next}, or lockstep retry ${next}`,
      });
    }
    if (seen.has(next)) throw refusal(`nobody knows who goes on with run ${head.run}: a circle`, head.run);
    seen.add(next);
    last = later.path;
  }
}

/** A run that began no node has left the rollout as it was. */
async function originOf(found: FoundRun, seen = new Set<string>()): Promise<FoundRun> {
  const { repeats } = found.head;
  if (repeats === undefined || seen.has(repeats) || !RUN_NAME.test(repeats)) return found;
  if ((await hasBegun(found)) !== 'idle') return found;
  const before = await foundAt(join(dirname(found.path), repeats)).catch(() => undefined);
  return before === undefined ? found : originOf(before, seen.add(repeats));
}

async function claimIn(path: string, run: string): Promise<string | undefined> {
  const next = await readlink(join(path, CLAIM_NAME)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw refusal(`nobody knows who goes on with run ${run}: ${systemErrorText(error)}`, run);
  });
  if (next === undefined || RUN_NAME.test(next)) return next;
  throw refusal(`nobody knows who goes on with run ${run}: ${CLAIM_NAME} names no run`, run);
}

function refusal(message: string, run: string): LockstepError {
  return new LockstepError('usage', message, {
    hint: `lockstep show ${run} tells its nodes; name those that you mean: -o run:${run}:skipped`,
  });
}
