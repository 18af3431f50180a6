/** Every text that runs on a node, put together from its parts. Pure. */
import toolLibrary from '../../sync-tool/lib/lockstep.sh';
import tool from '../../sync-tool/sync';
import { EXECUTORS } from './executors.ts';
import acl from './files/acl.sh';
import askPaths from './files/ask-paths.sh';
import commit from './files/commit.sh';
import deadStages from './files/dead-stages.sh';
import findExecutor from './files/find-executor.sh';
import holes from './files/holes.sh';
import links from './files/links.sh';
import look from './files/look.pl';
import plan from './files/plan.sh';
import planProof from './files/plan-proof.sh';
import planRecord from './files/plan-record.sh';
import receive from './files/receive.sh';
import recover from './files/recover.sh';
import recoverEarlier from './files/recover-earlier.sh';
import releases from './files/releases.sh';
import relocate from './files/relocate.sh';
import removals from './files/removals.sh';
import send from './files/send.sh';
import writeExecutor from './files/write-executor.sh';
import xattrsPerl from './files/xattrs/prove.pl';
import xattrsPython from './files/xattrs/prove.py';
import xattrsSh from './files/xattrs/prove.sh';
import lockBreak from './inquiry/lock-break.sh';
import lockStatus from './inquiry/lock-status.sh';
import keeper from './keeper/keeper.sh';
import leash from './keeper/leash.sh';
import lock from './keeper/lock.sh';
import pulse from './keeper/pulse.sh';
import remains from './keeper/remains.sh';
import { quote } from './quote.ts';
import byWord from './shared/by-word.sh';
import decode from './shared/decode.sh';
import first from './shared/first.sh';
import giveBack from './shared/give-back.sh';
import holders from './shared/holders.sh';
import keeperLives from './shared/keeper-lives.sh';
import mounts from './shared/mounts.sh';
import ownSession from './shared/own-session.sh';
import processes from './shared/processes.sh';
import remove from './shared/remove.sh';
import workers from './shared/workers.sh';
import runCommand from './worker/run-command.sh';
import survey from './worker/survey.sh';
import worker from './worker/worker.sh';

const PLANNER = {
  remove,
  relocate,
  acl,
  mounts,
  planProof,
  byWord,
  deadStages,
  findExecutor,
  writeExecutor,
  planRecord,
  plan,
  decode,
  removals,
};

const WORK = { byWord, workers };

/**
 * What runs on nodes, each text by the parts of which it is put together, in the order in which they stand. A part says at its head
 * what it defines for those behind it, and what it needs of those before it.
 */
export const PARTS = {
  first: { first },
  keeper: { processes, giveBack, ownSession, decode, holders, lock, ...WORK, remove, remains, leash, keeper },
  pulse: { keeperLives, pulse },
  /** Before every worker's text. */
  worker: { keeperLives, worker },
  command: { processes, giveBack, ownSession, runCommand },
  survey: { byWord, survey },
  askPaths: { findExecutor, askPaths },
  releases: { remove, mounts, releases },
  lockStatus: { processes, decode, holders, lockStatus },
  lockBreak: { processes, decode, holders, ...WORK, lockBreak },
  receive: { ...PLANNER, holes, links, receive },
  commit: { remove, relocate, commit },
  recover: { remove, relocate, recover },
  recoverEarlier: { remove, relocate, recoverEarlier },
  tool: { toolLibrary, ...PLANNER, giveBack, tool },
} satisfies Readonly<Record<string, Parts>>;

/** What goes with xattrs, to look at what has become of them. */
export const XATTR_PROVERS = [
  { name: 'prove-xattrs', text: xattrsSh },
  { name: 'prove-xattrs.pl', text: xattrsPerl },
  { name: 'prove-xattrs.py', text: xattrsPython },
];

export const FIRST_TEXT = first;
export const KEEPER_TEXT = whole(PARTS.keeper);
export const PULSE_TEXT = whole(PARTS.pulse);
export const WORKER_TEXT = whole(PARTS.worker);
export const COMMAND_TEXT = whole(PARTS.command);
/** A command of ours, which the keeper's job or a worker runs. */
export const SEND_TEXT = send;
export const SURVEY_TEXT = whole(PARTS.survey);
export const ASK_PATHS_TEXT = whole(PARTS.askPaths);
export const LOOK_TEXT = look;
export const RELEASES_TEXT = whole(PARTS.releases);
export const LOCK_STATUS_TEXT = whole(PARTS.lockStatus);
export const LOCK_BREAK_TEXT = whole(PARTS.lockBreak);
export const RECEIVE_TEXT = whole(PARTS.receive);
export const COMMIT_TEXT = whole(PARTS.commit);
export const RECOVER_TEXT = whole(PARTS.recover);
export const RECOVER_EARLIER_TEXT = whole(PARTS.recoverEarlier);

const CARRIED = EXECUTORS.map(carried).join('\n');

/** The sync tool that ships, whole, to be sent along where the nodes have none. */
export const SHIPPED_TOOL = `${CARRIED}\n${whole(PARTS.tool)}`;

/** The part of it that decides how staged files get to their destination and carries it out: for tools that are installed. */
export const RELOCATE_LIBRARY = `${CARRIED}\n${whole(PLANNER)}`;

type Parts = Readonly<Record<string, string>>;

function whole(parts: Parts): string {
  return Object.values(parts).join('\n');
}

/** As one word of sh in which each apostrophe is a backtick, since those of words in words multiply. */
function carried({ name, text }: { readonly name: string; readonly text: string }): string {
  if (text.includes('`'))
    throw new TypeError('an executor has a backtick, which stands for an apostrophe on its way');
  return `${name.replace('.', '_')}=${quote(text.replaceAll("'", '`'))}`;
}
