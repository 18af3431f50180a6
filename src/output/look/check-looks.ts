/** Formats are read before anything is connected: a run must not end for the look of its last line. */
import { createBarLook } from './bar-look.ts';
import { createLogLook } from './log-look.ts';

/** Throws LockstepError `usage` for a format that cannot be used. */
export function checkLooks({ barFormat, logFormat }: { barFormat: string; logFormat: string }): void {
  createLogLook(logFormat, false);
  createBarLook(barFormat, false);
}
