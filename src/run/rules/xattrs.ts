/** What does not go with `--xattrs`; see `rules.ts`. Pure. */

import { namesFiles } from '../request/work.ts';
import { staysStaged } from './deletes.ts';
import type { Rule } from './rule.ts';

export const XATTR_RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { work } }) => 'keepsXattrs' in work && work.keepsXattrs && !namesFiles(work),
    request: 'work.keepsXattrs: there are no files that could have some',
    line: '--xattrs goes with files',
    hint: 'it keeps the xattrs and ACLs of what is sent',
  },
  {
    isBroken: ({ request: { work } }) => 'keepsXattrs' in work && work.keepsXattrs && staysStaged(work),
    request:
      'work.keepsXattrs: the files go to a run directory first, and nothing proves what a tool makes of it',
    line: '--xattrs goes with files that lockstep itself puts in place',
    hint: 'with -S alone a tool does that: give -r DIR, or use -U',
  },
];
