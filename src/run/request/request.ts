/**
 * What a run is asked to do, in the words of the domain: plain JSON, which can be written to disk and read back, and holds no secret.
 * The command line makes one; so does any other program (docs/REQUESTS.md has every field). The types follow from the schema,
 * and so do the defaults of what is left out.
 */
import * as z from 'zod/mini';
import { LIMITS } from '../../core/limits/limits.ts';
import { PROGRESS_LIMITS } from '../../core/limits/progress.ts';
import { PULL_LIMITS } from '../../core/limits/pull.ts';
import { leaseMsMin } from '../../core/lock.ts';
import { connect, targets } from './nodes.ts';
import { flag, line, text, timeMs, words } from './parts.ts';
import { ofReleases, releasesWork, rollbackWork } from './releases.ts';
import { rollout } from './rollout.ts';

export const REQUEST_VERSION = 1;

const LEASE_TOO_SHORT =
  'breaks the law of the lease: leaseMs must cover a heartbeat, its answer and the slack of clocks';

const lock = z.strictObject({
  /** `none`: no lock, only a leash. `shared`: beside other readers. */
  kind: z._default(z.enum(['exclusive', 'shared', 'none']), 'exclusive'),
  /** What is locked on the nodes; `/` where it is left out. */
  path: z.optional(line),
  /** What the nodes make where the path is missing. */
  makes: z._default(z.enum(['file', 'directory', 'none']), 'none'),
  /** So long a lock that others hold is waited for; 0: not at all. */
  waitMs: z._default(timeMs(0), 0),
  /** Those who meet the lock read it; it is public on the nodes. */
  reason: z._default(text, ''),
  /** A node that cannot be locked is used all the same, with a warning. */
  mayGoWithout: flag,
});

const times = z
  .strictObject({
    /** Name and TCP, without login. Left out: what ssh_config says, else 10 s. */
    connectTimeoutMs: z.optional(timeMs(1)),
    sendTimeoutMs: z._default(timeMs(1), LIMITS.sendTimeoutMs),
    receiveTimeoutMs: z._default(timeMs(1), LIMITS.receiveTimeoutMs),
    /** Between TCP probes. */
    keepAliveMs: z._default(timeMs(1), LIMITS.keepAliveMs),
    /** Between proofs of the lock. */
    heartbeatMs: z._default(timeMs(1), LIMITS.heartbeatMs),
    /** A node that hears nothing for so long ends its work, and then its lock. */
    leaseMs: z._default(timeMs(1), LIMITS.leaseMs),
    /** Between TERM and KILL. */
    killGraceMs: z._default(timeMs(0), LIMITS.killGraceMs),
    /** For a SYNC that never comes. */
    barrierTimeoutMs: z._default(timeMs(1), LIMITS.barrierTimeoutMs),
    /** For tools to undo a failure. */
    rollbackGraceMs: z._default(timeMs(0), LIMITS.rollbackGraceMs),
  })
  .check(z.refine((given) => given.leaseMs >= leaseMsMin(given), LEASE_TOO_SHORT));

const show = z.strictObject({
  json: flag,
  quiet: flag,
  /** 0, 1 (debug) or 2 (trace). */
  verbose: z._default(z.int().check(z.minimum(0), z.maximum(2)), 0),
  /** One node's output at a time. */
  serial: flag,
  color: z._default(z.enum(['auto', 'always', 'never']), 'auto'),
  /** `default`, `dark`, `light`, or a format. */
  barFormat: z._default(text, 'default'),
  logFormat: z._default(text, 'default'),
  /** Equal output is shown once, at the end; `diff`: the others as a diff against the most common. */
  fold: z.optional(z.enum(['same', 'diff'])),
  /** A directory with one file a node. */
  outdir: z.optional(text),
  /** A host file of the nodes that are not ok. */
  failedTo: z.optional(text),
  /** What happens is kept on this machine, and told again by `lockstep runs` and its kin. */
  hasJournal: z._default(z.boolean(), true),
  /** And what commands print, up to a bound. */
  keepsOutput: flag,
  /** Words and places as scripts of orgalorg expect them. */
  asOrgalorg: flag,
});

/** The fields of a command that is no sync tool. */
const ofCommand = {
  /** Where it runs; the login directory where it is left out. */
  directory: z.optional(line),
  /** `{}` stands for the command; empty: the login shell runs it; left out: bash, or sh where there is none. */
  shell: z.optional(text),
  /** A file of this machine that is every command's stdin. */
  stdin: z.optional(text),
  /** A node's command that takes longer is ended. */
  timeoutMs: z.optional(timeMs(1)),
  /** The first command that fails ends those on the other nodes. */
  isFailFast: flag,
};

/** No more bytes of files in a second than these, over all nodes together. */
const bytesPerSecond = z.optional(
  z.int().check(z.minimum(PROGRESS_LIMITS.bytesPerSecondMin), z.maximum(PROGRESS_LIMITS.bytesPerSecondMax)),
);

const ofFiles = {
  /** Where relative names lie; the login directory, or `/` for absolute names, where it is left out. */
  directory: z.optional(line),
  /** Relative names stay relative; else all are made absolute on this machine. */
  areRelative: flag,
  /** A file of this machine with more of them, `-` for stdin: each ended by a NUL where there is one in it, else one a line. */
  filesFrom: z.optional(text),
  /** Patterns of .gitignore: what they match is not sent. Those of files come first; the last that matches decides. */
  excludes: z._default(words, []),
  /** Files of this machine with such patterns. */
  excludesFrom: z._default(words, []),
  /** What git would ignore is not sent, nor `.git`. */
  obeysGitignore: flag,
  /** What the nodes have in the directories that are sent, and is not here, is removed; what is left out here stays. */
  deletes: flag,
  /** And it is not asked whether that is meant, however much it is. */
  isConfirmed: flag,
  keepsOwner: z._default(z.boolean(), true),
  keepsGroup: z._default(z.boolean(), true),
  /** All that was sent is hashed once more when it is in place. */
  isParanoid: flag,
  /** Extended attributes and ACLs are kept as well, where nodes can. */
  keepsXattrs: flag,
  /** Nodes that have gzip are sent what they are sent through that. */
  isCompressed: flag,
  bytesPerSecond,
  /** Nothing is changed: it is told what the nodes have otherwise. `audit`: also what they have beside, and not when it was changed. */
  look: z.optional(z.enum(['dry-run', 'audit'])),
  /** And the lines in which texts differ. */
  showsDiff: flag,
  /** The bytes decide, wherever sizes are equal. */
  comparesContents: flag,
  /** Each node is sent all files, whatever it has. */
  sendsAll: flag,
};

const commandWork = z.strictObject({ mode: z.literal('command'), text, ...ofCommand });
const uploadWork = z.strictObject({
  mode: z.literal('upload'),
  files: z._default(words, []),
  ...ofFiles,
  /** Runs on every node when all have the new files; where it fails on any all go back, unless each is to `keep` its own. */
  checkCommand: z.optional(text),
  onFailure: z._default(z.enum(['undo', 'keep']), 'undo'),
  shell: ofCommand.shell,
  timeoutMs: ofCommand.timeoutMs,
  isFailFast: ofCommand.isFailFast,
  ...ofReleases,
});
const syncWork = z.strictObject({
  mode: z.literal('sync'),
  ...ofCommand,
  ...ofFiles,
  /** None: only the tool runs. */
  files: z._default(words, []),
  /** Instead of the sync tool. */
  command: z.optional(text),
  arguments: z._default(words, []),
  /** It is a plain command, without the protocol. */
  isPlain: flag,
  /** The files stay in the run directory, where the command runs. */
  staysStaged: flag,
});
/** Paths of the nodes, all of them absolute, or none. */
const downloadWork = z.strictObject({
  mode: z.literal('download'),
  paths: z.readonly(z.array(line)),
  /** Where relative ones count from; the login directory where it is left out. */
  directory: z.optional(line),
  /** A directory of this machine, in which each node gets one of its own. */
  into: z._default(text, '.'),
  /** A node that sends more has failed. */
  bytesPerSecond,
  bytesMax: z._default(z.int().check(z.minimum(1), z.maximum(PULL_LIMITS.bytesMaxMax)), PULL_LIMITS.bytesMax),
});
/** Without words the lock is held until the run is ended. */
const lockWork = z.strictObject({ mode: z.literal('lock'), program: z._default(words, []) });
const statusWork = z.strictObject({ mode: z.literal('lock-status') });
const listWork = z.strictObject({ mode: z.literal('list') });
/** The run that is ended, and whether somebody has said yes to that already. */
const breakWork = z.strictObject({ mode: z.literal('lock-break'), run: text, isConfirmed: flag });

export const requestSchema = z.strictObject({
  version: z.literal(REQUEST_VERSION),
  targets: z.prefault(targets, {}),
  connect: z.prefault(connect, {}),
  lock: z.prefault(lock, {}),
  times: z.prefault(times, {}),
  show: z.prefault(show, {}),
  rollout: z.prefault(rollout, {}),
  work: z.discriminatedUnion('mode', [
    commandWork,
    uploadWork,
    syncWork,
    downloadWork,
    rollbackWork,
    releasesWork,
    lockWork,
    statusWork,
    breakWork,
    listWork,
  ]),
});

export type Immutable<T> = T extends readonly unknown[]
  ? T
  : { readonly [Key in keyof T]: Immutable<T[Key]> };

export type RunRequest = Immutable<z.infer<typeof requestSchema>>;
export type Targets = RunRequest['targets'];
export type Connect = RunRequest['connect'];
export type LockWish = RunRequest['lock'];
export type Times = RunRequest['times'];
export type Show = RunRequest['show'];
export type RolloutWish = RunRequest['rollout'];
export type WorkRequest = RunRequest['work'];
export type Mode = WorkRequest['mode'];
type KeyOf<T> = T extends unknown ? keyof T : never;
type Section = Exclude<keyof RunRequest, 'version'>;
/** `connect.keyFile`; of `work` any mode's fields. */
export type Field = { [S in Section]: `${S}.${KeyOf<RunRequest[S]> & string}` }[Section];
/** The work of one mode: `WorkOf<'upload'>`. */
export type WorkOf<M extends Mode> = Extract<WorkRequest, { readonly mode: M }>;
