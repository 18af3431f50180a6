/** What `--switch`, `--rollback` and `--releases` cannot do; see `rules.ts`. Pure. */
import type { WorkOf, WorkRequest } from '../request/request.ts';
import type { Rule } from './rule.ts';

export const RELEASE_RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { work } }) => usesReleases(work) && work.directory === undefined,
    request: 'work.directory: it is missing, and holds the releases',
    line: '--switch, --rollback and --releases need -r DIR',
    hint: 'releases are DIR/releases/RUN, and DIR/current leads to one of them',
  },
  {
    isBroken: ({ request: { work } }) =>
      isSwitch(work) && !work.areRelative && (work.files.length !== 1 || work.filesFrom !== undefined),
    request: 'work.files: a release is the contents of one directory, or has relative names (areRelative)',
    line: '--switch takes one directory: its contents are the release',
    hint: 'with -e it takes any files, whose names are below DIR/current as they are written',
  },
  {
    isBroken: ({ request: { work } }) => isSwitch(work) && work.deletes,
    request: 'work.deletes: a release has only the files sent',
    line: '--delete does not go with --switch',
    hint: 'leave it out: a release has only the files sent; --keep-releases removes old ones',
  },
  {
    isBroken: ({ request: { work } }) =>
      work.mode === 'upload' && !work.isRelease && (work.releasesKept !== undefined || !work.linksEqual),
    request: 'work: releasesKept and linksEqual go with isRelease',
    line: '--keep-releases and --no-link go with --switch',
    hint: 'leave them out, or add --switch',
  },
];

function isSwitch(work: WorkRequest): work is WorkOf<'upload'> {
  return work.mode === 'upload' && work.isRelease;
}

function usesReleases(work: WorkRequest): work is WorkOf<'upload' | 'rollback' | 'releases'> {
  return isSwitch(work) || work.mode === 'rollback' || work.mode === 'releases';
}
