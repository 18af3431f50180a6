/**
 * The texts that put uploaded files in place on a node. Each is to stand behind the prelude of a worker, except
 * `RECOVER_TEXT`, which a keeper runs with the run id as its first argument.
 */
import toolLibrary from '../../../sync-tool/lib/lockstep.sh';
import tool from '../../../sync-tool/sync';
import { quote } from '../quote.ts';
import giveBack from '../shared/give-back.sh';
import remove from '../shared/remove.sh';
import { compact } from '../text.ts';
import commit from './commit.sh';
import { EXECUTORS } from './executor/executors.ts';
import plan from './plan.sh';
import planProof from './plan-proof.sh';
import planRecord from './plan-record.sh';
import receive from './receive.sh';
import relocate from './relocate.sh';

const RELOCATE = [remove, relocate].join('\n');

const PLANNER = [RELOCATE, planProof, planRecord, plan].join('\n');

const CARRIED = EXECUTORS.map(carried).join('\n');

/** What decides how staged files get to their destination, and carries it out: all in one text of sh. */
export const RELOCATE_LIBRARY = [CARRIED, PLANNER].join('\n');

/** Arguments behind the keeper's identity: destination, base, `-o` or an empty word, and `-v` or an empty word. */
export const RECEIVE_TEXT = compact([PLANNER, receive].join('\n'));

/** Arguments behind the keeper's identity: stage, destination, who, since. */
export const COMMIT_TEXT = compact([RELOCATE, commit].join('\n'));

/** Takes back a switch that was begun and not ended. */
export const RECOVER_TEXT = compact([RELOCATE, 'recover "$1"'].join('\n'));

/** The same as a worker's job, for an earlier run. Argument behind the keeper's identity: that run. Exit 0: all is old again. */
export const RECOVER_EARLIER_TEXT = compact(
  [RELOCATE, "trap '' TERM HUP INT PIPE", 'recover "$5"'].join('\n'),
);

/** The sync tool that ships, whole, to be sent along where the nodes have none. */
export const SHIPPED_TOOL = [
  compact(toolLibrary),
  CARRIED,
  compact([PLANNER, giveBack, tool].join('\n')),
].join('\n');

/** As one word of sh in which each apostrophe is a backtick, since those of words in words multiply. */
function carried({ name, text }: { readonly name: string; readonly text: string }): string {
  if (text.includes('`'))
    throw new TypeError('an executor has a backtick, which stands for an apostrophe on its way');
  return `${name.replace('.', '_')}=${quote(text.replaceAll("'", '`'))}`;
}
