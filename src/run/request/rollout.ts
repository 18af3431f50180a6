/** In which order nodes have their turns, and how many at once. */
import * as z from 'zod/mini';
import { parseShare } from '../../core/share.ts';
import { flag, text, words } from './parts.ts';

/** `5` or `25%`: of the targets, rounded down, and at least one. */
const share = text.check(
  z.refine(
    (value) => parseShare(value) !== undefined,
    'must be a number of nodes from 1, or a percentage up to 100%',
  ),
);

export const rollout = z.strictObject({
  /** A rollout file of this machine (docs/rollouts.md). */
  file: z.optional(text),
  /** Only tell what would happen, and connect to nothing. */
  isPlan: flag,
  /** How many nodes at once; one that fails gives its place back. */
  batch: z.optional(share),
  /** The same; one that fails keeps its place, since it is down. */
  maxDown: z.optional(share),
  /** Once this many nodes have failed nothing more starts. */
  maxFailures: z.optional(share),
  /** This many nodes first, and the rest only when they have succeeded. */
  canary: z.optional(share),
  /** Targets, as in `targets.hosts`: the nodes of each start when those before have succeeded; all others at once. */
  order: z._default(words, []),
});
