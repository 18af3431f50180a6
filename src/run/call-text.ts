/** A run's work in short, for people who look back at it. Pure. */
import { quoteInput } from '../text/quote-input.ts';
import { modeOf } from './modes/modes.ts';
import type { WorkRequest } from './request/request.ts';

/** As a command line has it: `-C uptime`, `-U build`, `-L ./maintain.sh`. */
export function callText(work: WorkRequest): string {
  return [modeOf(work).option, ...wordsOf(work)].join(' ');
}

function wordsOf(work: WorkRequest): readonly string[] {
  switch (work.mode) {
    case 'command':
      return [work.text];
    case 'upload':
      return work.files;
    case 'sync':
      return work.command === undefined ? work.files : [...work.files, '-n', quoteInput(work.command)];
    case 'download':
      return work.paths;
    case 'lock':
      return work.program;
    case 'lock-break':
      return [work.run];
    default:
      return [];
  }
}
