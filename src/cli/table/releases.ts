/** The rows of the table about releases. */
import { RELEASE_LIMITS } from '../../core/limits/releases.ts';
import type { OptionRow } from './option-row.ts';

export const RELEASES = [
  {
    long: 'switch',
    field: 'work.isRelease',
    of: 'upload',
    elsewhere: 'a release is uploaded with -U; to go back to the one before: --rollback',
    isAdded: true,
    help: 'as a release behind DIR/current',
  },
  {
    long: 'no-link',
    field: 'work.linksEqual',
    of: 'upload',
    elsewhere: 'only a release shares files with the one before',
    inverts: true,
    isAdded: true,
    isBeside: true,
    help: 'sharing no file',
  },
  {
    long: 'keep-releases',
    field: 'work.releasesKept',
    of: 'upload',
    elsewhere: 'only --switch makes releases, and removes the oldest',
    argument: 'N',
    kind: 'count',
    min: 1,
    max: RELEASE_LIMITS.keptMax,
    isAdded: true,
    help: `so many stay, with --switch (${RELEASE_LIMITS.kept})`,
  },
] as const satisfies readonly OptionRow[];
