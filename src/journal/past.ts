/** What is read of the journal, by the words of the command line and by runs that go on with others: one part of the program. */
export { findDoor } from './doors.ts';
export { findRun, newestFirst, openJournal, readRun } from './find-run.ts';
export { followRun } from './follow.ts';
export { reportPage } from './html.ts';
export { checkSources, partOf } from './repeat.ts';
export { nodesIn, nodesOf } from './states.ts';
export { reportText } from './tell-report.ts';
export { runLines, runObject } from './tell-runs.ts';
export { showObject, showText } from './tell-show.ts';
export { isGranted, wishText } from './tell-wish.ts';
