/** What does not go with a rollout, and what goes only with one; see `rules.ts`. Pure. */
import { parseShare } from '../../core/share.ts';
import { modeOf } from '../modes/modes.ts';
import type { RunRequest } from '../request/request.ts';
import { isRollout } from '../rollout/is-rollout.ts';
import type { Rule } from './rule.ts';

const OPTIONS = {
  batch: '--batch',
  maxDown: '--max-down',
  maxFailures: '--max-failures',
  canary: '--canary',
} as const;

/** The options say this in other modes as well. */
export const NO_TURNS = 'all nodes are at it together; for some at a time name these with -o';

export const ROLLOUT_RULES: readonly Rule[] = [
  ...(['batch', 'maxDown', 'maxFailures', 'canary'] as const).map(
    (field): Rule => ({
      isBroken: ({ request: { rollout } }) => isNoShare(rollout[field]),
      request: `rollout.${field}: it is no number of nodes from 1, and no percentage up to 100%`,
      line: `${OPTIONS[field]} takes a number of nodes from 1, or a percentage up to 100%`,
      hint: `as in ${OPTIONS[field]} 5 or ${OPTIONS[field]} 25%, which is rounded down, and at least one node`,
    }),
  ),
  {
    isBroken: ({ request: { rollout } }) => rollout.order.includes(''),
    request: 'rollout.order: a text is empty',
    line: '--order names nothing between two commas',
    hint: 'write targets with commas between them: --order @db,@web',
  },
  {
    isBroken: ({ request: { rollout } }) => rollout.maxFailures !== undefined && !isRollout(rollout),
    request: 'rollout.maxFailures: all nodes start at once, so it would keep none from starting',
    line: '--max-failures goes with --rollout, --batch, --max-down, --canary or --order',
    hint: 'without one of them all nodes start at once, so it would keep none from starting',
  },
  {
    isBroken: ({ request: { rollout, work } }) =>
      (isRollout(rollout) || rollout.isPlan) && modeOf(work).runsCommands === false,
    request: 'rollout: it goes with the modes command and upload, and with sync where isPlain is true',
    line: '--rollout, --plan, --batch, --max-down, --canary and --order go with -C, -U and -S -m only',
    hint: NO_TURNS,
  },
  {
    isBroken: ({ request: { rollout, work } }) =>
      (isRollout(rollout) || rollout.isPlan) && work.mode === 'sync' && !work.isPlain,
    request: 'rollout: sync tools work in step, all of them at once; nodes have their turns with isPlain',
    line: '--rollout, --plan, --batch, --max-down, --canary and --order go with -S -m, and not with -S alone',
    hint: 'sync tools wait for each other, so that all must run at once; with -m each node runs it when its turn comes',
  },
  {
    isBroken: ({ request: { rollout } }) =>
      rollout.file !== undefined &&
      (rollout.maxDown !== undefined || rollout.canary !== undefined || rollout.order.length > 0),
    request: 'rollout.file: of the others only batch and maxFailures go with it',
    line: '--max-down, --canary and --order do not go with --rollout',
    hint: 'the file says that: sequence is the order, and constraint how many may be down',
  },
];

function isNoShare(text: RunRequest['rollout']['batch']): boolean {
  return text !== undefined && parseShare(text) === undefined;
}
