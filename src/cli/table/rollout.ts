/** The rows of the table about the order in which nodes have their turns, and how many at once. */
import { NO_TURNS } from '../../run/rules/rollouts.ts';
import type { OptionRow } from './option-row.ts';

/** Common to all of them. */
const SHARE = { of: 'checks', elsewhere: NO_TURNS, argument: 'N|P%', isAdded: true } as const;

export const ROLLOUT = [
  {
    long: 'rollout',
    field: 'rollout.file',
    of: 'checks',
    elsewhere: NO_TURNS,
    argument: 'FILE',
    completes: 'file',
    isAdded: true,
    help: 'orders and limits, as it says',
  },
  {
    long: 'plan',
    field: 'rollout.isPlan',
    of: 'checks',
    elsewhere: NO_TURNS,
    isAdded: true,
    isBeside: true,
    help: 'only tell them',
  },
  { long: 'batch', field: 'rollout.batch', ...SHARE, help: 'so many nodes at once' },
  {
    long: 'max-down',
    field: 'rollout.maxDown',
    ...SHARE,
    isBeside: true,
    help: 'with those that failed',
  },
  { long: 'canary', field: 'rollout.canary', ...SHARE, help: 'so many first' },
  {
    long: 'max-failures',
    field: 'rollout.maxFailures',
    ...SHARE,
    isBeside: true,
    help: 'failures that end it',
  },
  {
    long: 'order',
    field: 'rollout.order',
    of: 'checks',
    elsewhere: NO_TURNS,
    argument: 'LIST',
    completes: 'target',
    isAdded: true,
    help: 'one behind the other, as in @db,@web',
  },
] as const satisfies readonly OptionRow[];
