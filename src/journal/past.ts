/** What reads the journal, for words of the command line and for runs that continue others: one part of the program. */
export { checkNodesFree, claimNodes } from './claim-nodes.ts';
export { checkRolloutFree, claimRollout } from './claim-rollout.ts';
export { findDoor } from './doors.ts';
export { findRun, newestFirst, openJournal, readRun } from './find-run.ts';
export { followRun } from './follow.ts';
export { checkSources, partOf } from './repeat.ts';
export { nodesIn, nodesOf } from './states.ts';
export { reportPage } from './tell/html.ts';
export { reportText } from './tell/report.ts';
export { runLines, runObject } from './tell/runs.ts';
export { showObject, showText } from './tell/show.ts';
export { isGranted, wishText } from './tell/wish.ts';
