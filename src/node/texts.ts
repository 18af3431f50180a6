/** Every text that runs on a node, put together from its parts. Pure. */
import toolLibrary from '../../sync-tool/lib/lockstep.sh';
import tool from '../../sync-tool/sync';
import acl from './files/acl.sh';
import askPaths from './files/ask-paths.sh';
import commit from './files/commit.sh';
import deadStages from './files/dead-stages.sh';
import perlFit from './files/executor/perl/fit.pl';
import perlLook from './files/executor/perl/look.pl';
import perlManifest from './files/executor/perl/manifest.pl';
import perlMends from './files/executor/perl/mends.pl';
import perlPlan from './files/executor/perl/plan.pl';
import perlPrepare from './files/executor/perl/prepare.pl';
import perlProve from './files/executor/perl/prove.pl';
import perlRemove from './files/executor/perl/remove.pl';
import perlStart from './files/executor/perl/start.pl';
import perlSums from './files/executor/perl/sums.pl';
import perlSwitch from './files/executor/perl/switch.pl';
import perlUndo from './files/executor/perl/undo.pl';
import perlWhole from './files/executor/perl/whole.pl';
import pythonFit from './files/executor/python/fit.py';
import pythonLook from './files/executor/python/look.py';
import pythonManifest from './files/executor/python/manifest.py';
import pythonMends from './files/executor/python/mends.py';
import pythonPlan from './files/executor/python/plan.py';
import pythonPrepare from './files/executor/python/prepare.py';
import pythonProve from './files/executor/python/prove.py';
import pythonRemove from './files/executor/python/remove.py';
import pythonStart from './files/executor/python/start.py';
import pythonSums from './files/executor/python/sums.py';
import pythonSwitch from './files/executor/python/switch.py';
import pythonUndo from './files/executor/python/undo.py';
import pythonWhole from './files/executor/python/whole.py';
import shAttributes from './files/executor/sh/attributes.sh';
import shClosed from './files/executor/sh/closed.sh';
import shCompare from './files/executor/sh/compare.sh';
import shFit from './files/executor/sh/fit.sh';
import shManifest from './files/executor/sh/manifest.sh';
import shMends from './files/executor/sh/mends.sh';
import shPlaces from './files/executor/sh/places.sh';
import shPlan from './files/executor/sh/plan.sh';
import shPrepare from './files/executor/sh/prepare.sh';
import shProve from './files/executor/sh/prove.sh';
import shRemove from './files/executor/sh/remove.sh';
import shStart from './files/executor/sh/start.sh';
import shSums from './files/executor/sh/sums.sh';
import shSwitch from './files/executor/sh/switch.sh';
import shUndo from './files/executor/sh/undo.sh';
import shWhole from './files/executor/sh/whole.sh';
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

/** The programs that carry plans out: their parts define functions, in any order, and the last line calls the first. */
export const EXECUTOR_PARTS = [
  {
    name: 'executor.pl',
    main: 'main();',
    parts: {
      perlStart,
      perlPlan,
      perlLook,
      perlPrepare,
      perlManifest,
      perlFit,
      perlMends,
      perlSums,
      perlWhole,
      perlSwitch,
      perlProve,
      perlUndo,
      perlRemove,
    },
  },
  {
    name: 'executor.py',
    main: 'main()',
    parts: {
      pythonStart,
      pythonPlan,
      pythonLook,
      pythonPrepare,
      pythonManifest,
      pythonFit,
      pythonMends,
      pythonSums,
      pythonWhole,
      pythonSwitch,
      pythonProve,
      pythonUndo,
      pythonRemove,
    },
  },
  {
    name: 'executor.sh',
    main: 'main',
    parts: {
      shStart,
      shPlan,
      shPrepare,
      shAttributes,
      shPlaces,
      shManifest,
      shFit,
      shMends,
      shCompare,
      shClosed,
      shSums,
      shWhole,
      shSwitch,
      shProve,
      shUndo,
      shRemove,
    },
  },
];

/** A node says which of them it runs, and an upload brings along what its nodes run. */
export const EXECUTORS = EXECUTOR_PARTS.map(({ name, main, parts }) => ({
  name,
  text: `${whole(parts)}\n${main}`,
}));

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
