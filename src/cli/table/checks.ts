/** The rows of the table that decide whether an upload stays. */
import type { OptionRow } from './option-row.ts';

export const CHECKS = [
  {
    long: 'check-cmd',
    field: 'work.checkCommand',
    of: 'upload',
    elsewhere: 'of a sync the tool that ships checks: -g --check=CMD, and -g --reload=CMD',
    argument: 'CMD',
    isAdded: true,
    help: 'run it then',
  },
  {
    long: 'on-failure',
    field: 'work.onFailure',
    of: 'upload',
    elsewhere: 'no other mode can do both',
    argument: 'WHAT',
    choices: ['undo', 'keep'],
    default: 'undo',
    isAdded: true,
    isBeside: true,
    help: 'if it fails undo, or keep',
  },
] as const satisfies readonly OptionRow[];
