/** What does not go with `--dry-run` and `--audit`, and what goes only with them; see `rules.ts`. Pure. */

import { isLook, namesFiles } from '../request/work.ts';
import type { Rule } from './rule.ts';

export const LOOK_RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { work } }) => isLook(work) && work.mode !== 'releases' && !namesFiles(work),
    request: 'work.look: there are no files to look at',
    line: '--dry-run and --audit go with files',
    hint: 'they tell what an upload would change; of a command or a tool nobody knows that before',
  },
  {
    isBroken: ({ request: { work } }) => isLook(work) && work.mode === 'sync' && work.staysStaged,
    request: 'work.look: files that stay in the run directory (staysStaged) are always new',
    line: '--dry-run and --audit go with files that are put in place',
    hint: 'with --keep-staged they go into a directory of their own, which is always new',
  },
  {
    isBroken: ({ request: { work } }) => 'showsDiff' in work && !isLook(work) && work.showsDiff,
    request: 'work.showsDiff: it goes with work.look',
    line: '--diff goes with --dry-run or --audit',
    hint: '--dry-run --diff shows what would change; run it without them then',
  },
  {
    isBroken: ({ request: { work } }) => 'sendsAll' in work && isLook(work) && work.sendsAll,
    request: 'work.sendsAll: with work.look nothing is sent',
    line: '--send-all does not go with --dry-run and --audit',
    hint: 'they tell what differs, and send nothing',
  },
];
