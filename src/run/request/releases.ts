/** Releases in a request: an upload that makes one, the way back, and a list. */
import * as z from 'zod/mini';
import { RELEASE_LIMITS } from '../../core/limits/releases.ts';
import { flag, line } from './parts.ts';

export const ofReleases = {
  /** The files become a release of their own below `directory`, and its `current` leads to that. */
  isRelease: flag,
  /** How many releases stay on the nodes. */
  releasesKept: z.optional(z.int().check(z.minimum(1), z.maximum(RELEASE_LIMITS.keptMax))),
  /** Make a file that is equal in the release before another name of the same file. */
  linksEqual: z._default(z.boolean(), true),
};

/** `directory`: where the releases are. */
export const rollbackWork = z.strictObject({ mode: z.literal('rollback'), directory: line });
export const releasesWork = z.strictObject({ mode: z.literal('releases'), directory: line });
