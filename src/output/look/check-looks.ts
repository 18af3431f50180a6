/** Checks formats before anything is connected: a run must not fail for the look of its last line. */
import { createBarLook } from './bar-look.ts';
import { createLogLook } from './log-look.ts';

/** Throws LockstepError `usage` for an unusable format. */
export function checkLooks({ barFormat, logFormat }: { barFormat: string; logFormat: string }): void {
  createLogLook(logFormat, false);
  createBarLook(barFormat, false);
}
