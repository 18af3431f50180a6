/** What does not go with `--delete`, and what goes only with it; see `rules.ts`. Pure. */
import type { WorkRequest } from '../request/request.ts';
import { namesFiles } from '../request/work.ts';
import type { Rule } from './rule.ts';

export const DELETE_RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { work } }) => deletes(work) && !namesFiles(work),
    request: 'work.deletes: there are no files that could stay',
    line: '--delete goes with files',
    hint: 'it removes what the nodes have in the sent directories, and this machine has not',
  },
  {
    isBroken: ({ request: { work } }) => deletes(work) && 'look' in work && work.look === 'audit',
    request: 'work.deletes: it does not go with a look that is an audit',
    line: '--delete and --audit exclude each other',
    hint: '--audit names extra files in any case; --dry-run --delete names those that would go',
  },
  {
    isBroken: ({ request: { work } }) => deletes(work) && staysStaged(work),
    request: 'work.deletes: the files stay in a run directory, which is always new',
    line: '--delete goes with files that lockstep itself puts in place',
    hint: 'with -S alone a tool does that: give -r DIR, or use -U',
  },
  {
    isBroken: ({ request: { work } }) => deletes(work) && sendsHere(work) && isWide(work.directory),
    request: 'work.deletes: with "." it needs a directory of its own',
    line: '--delete of . needs -r DIR',
    hint: 'otherwise everything else in / or in the login directory would go; or name the directories to send',
  },
  {
    isBroken: ({ request: { work } }) =>
      (work.mode === 'upload' || work.mode === 'sync') && work.isConfirmed && !work.deletes,
    request: 'work.isConfirmed: it goes with work.deletes',
    line: '--yes goes with --delete',
    hint: 'nothing else that sends files asks a question',
  },
];

function deletes(work: WorkRequest): boolean {
  return 'deletes' in work && work.deletes;
}

/** With `-S`; if names come from a list, whether all are absolute shows only later. */
export function staysStaged(work: WorkRequest): boolean {
  if (work.mode !== 'sync' || work.directory !== undefined) return false;
  return work.command === undefined || work.staysStaged || (work.areRelative && work.files.some(isRelative));
}

function sendsHere(work: WorkRequest): work is Extract<WorkRequest, { mode: 'upload' | 'sync' }> {
  return 'areRelative' in work && work.areRelative && work.files.some(isHere);
}

/** The directory itself, meaning its contents. */
function isHere(word: string): boolean {
  return /^\.(?:\/+\.?)*$/.test(word);
}

function isRelative(word: string): boolean {
  return !word.startsWith('/');
}

/** The login directory, or the whole node. */
export function isWide(directory: string | undefined): boolean {
  return directory === undefined || /^(?:\/|\.)*$/.test(directory);
}
