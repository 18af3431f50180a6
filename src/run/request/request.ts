/**
 * The request for a run, in the words of the domain: plain JSON that can be written to disk and read back, without
 * secrets. The command line makes one, and so does any other program (docs/REQUESTS.md describes every field). The
 * types and the defaults follow from the schema.
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
  /** The path to lock on the nodes; left out: `/`. */
  path: z.optional(line),
  /** What the nodes make if the path is missing. */
  makes: z._default(z.enum(['file', 'directory', 'none']), 'none'),
  /** How long to wait for a lock that others hold; 0: not at all. */
  waitMs: z._default(timeMs(0), 0),
  /** Those who meet the lock read it; it is public on the nodes. */
  reason: z._default(text, ''),
  /** Use a node that cannot be locked all the same, with a warning. */
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
    /** A node that hears nothing for this long ends its work, and then frees its lock. */
    leaseMs: z._default(timeMs(1), LIMITS.leaseMs),
    /** Between TERM and KILL. */
    killGraceMs: z._default(timeMs(0), LIMITS.killGraceMs),
    /** How long to wait for a SYNC that never comes. */
    barrierTimeoutMs: z._default(timeMs(1), LIMITS.barrierTimeoutMs),
    /** How long tools may undo a failure. */
    rollbackGraceMs: z._default(timeMs(0), LIMITS.rollbackGraceMs),
  })
  .check(z.refine((given) => given.leaseMs >= leaseMsMin(given), LEASE_TOO_SHORT));

const show = z.strictObject({
  json: flag,
  quiet: flag,
  /** 0, 1 (debug) or 2 (trace). */
  verbose: z._default(z.int().check(z.minimum(0), z.maximum(2)), 0),
  /** Show the output of one node at a time. */
  serial: flag,
  color: z._default(z.enum(['auto', 'always', 'never']), 'auto'),
  /** `default`, `dark`, `light`, or a format. */
  barFormat: z._default(text, 'default'),
  logFormat: z._default(text, 'default'),
  /** Show equal output once, at the end; `diff`: the rest as a diff against the most common. */
  fold: z.optional(z.enum(['same', 'diff'])),
  /** A directory with one file for each node. */
  outdir: z.optional(text),
  /** A host file for the nodes that are not ok. */
  failedTo: z.optional(text),
  /** Keep what happens on this machine, for `lockstep runs` and its kin. */
  hasJournal: z._default(z.boolean(), true),
  /** And the output of commands, up to a bound. */
  keepsOutput: flag,
  /** Use the words and places that scripts of orgalorg expect. */
  asOrgalorg: flag,
});

/** The fields of a command that is no sync tool. */
const ofCommand = {
  /** Where it runs; left out: the login directory. */
  directory: z.optional(line),
  /** `{}` stands for the command; empty: the login shell runs it; left out: bash, or sh if there is none. */
  shell: z.optional(text),
  /** A file of this machine that is every command's stdin. */
  stdin: z.optional(text),
  /** End a node's command that takes longer. */
  timeoutMs: z.optional(timeMs(1)),
  /** The first command that fails ends those on the other nodes. */
  isFailFast: flag,
};

/** The most bytes of files in a second, to all nodes together. */
const bytesPerSecond = z.optional(
  z.int().check(z.minimum(PROGRESS_LIMITS.bytesPerSecondMin), z.maximum(PROGRESS_LIMITS.bytesPerSecondMax)),
);

const ofFiles = {
  /** Where relative names lie; left out: the login directory, or `/` for absolute names. */
  directory: z.optional(line),
  /** Relative names stay relative; otherwise this machine makes all names absolute. */
  areRelative: flag,
  /** A file of this machine with more names, `-` for stdin: each ended by a NUL if it has any, else one a line. */
  filesFrom: z.optional(text),
  /** Patterns of .gitignore: do not send what they match. Those of files come first; the last that matches decides. */
  excludes: z._default(words, []),
  /** Files of this machine with such patterns. */
  excludesFrom: z._default(words, []),
  /** Do not send what git would ignore, nor `.git`. */
  obeysGitignore: flag,
  /** Remove what the nodes have more in the directories that are sent; names left out here stay there. */
  deletes: flag,
  /** And do not ask whether the user means that, however much it is. */
  isConfirmed: flag,
  keepsOwner: z._default(z.boolean(), true),
  keepsGroup: z._default(z.boolean(), true),
  /** Hash everything once more when it is in place. */
  isParanoid: flag,
  /** Keep extended attributes and ACLs as well, where nodes can. */
  keepsXattrs: flag,
  /** Send data through gzip to nodes that have it. */
  isCompressed: flag,
  bytesPerSecond,
  /** Change nothing: tell what differs on the nodes. `audit`: also what they have more, but not when it changed. */
  look: z.optional(z.enum(['dry-run', 'audit'])),
  /** And show the lines in which texts differ. */
  showsDiff: flag,
  /** Let the bytes decide whenever sizes are equal. */
  comparesContents: flag,
  /** Send each node all files, whatever it has. */
  sendsAll: flag,
};

const commandWork = z.strictObject({ mode: z.literal('command'), text, ...ofCommand });
const uploadWork = z.strictObject({
  mode: z.literal('upload'),
  files: z._default(words, []),
  ...ofFiles,
  /** Runs on every node once all have the new files; if it fails on any, all go back, unless each is to `keep` its own. */
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
  /** Empty: only the tool runs. */
  files: z._default(words, []),
  /** Runs instead of the sync tool. */
  command: z.optional(text),
  arguments: z._default(words, []),
  /** The command is a plain one, without the protocol. */
  isPlain: flag,
  /** The files stay in the run directory, where the command runs. */
  staysStaged: flag,
});
/** Paths on the nodes, either all absolute or none. */
const downloadWork = z.strictObject({
  mode: z.literal('download'),
  paths: z.readonly(z.array(line)),
  /** Relative ones count from here; left out: from the login directory. */
  directory: z.optional(line),
  /** A directory of this machine, in which each node gets one of its own. */
  into: z._default(text, '.'),
  /** A node that sends more fails. */
  bytesPerSecond,
  bytesMax: z._default(z.int().check(z.minimum(1), z.maximum(PULL_LIMITS.bytesMaxMax)), PULL_LIMITS.bytesMax),
});
/** Without words the lock is held until the run ends. */
const lockWork = z.strictObject({ mode: z.literal('lock'), program: z._default(words, []) });
const statusWork = z.strictObject({ mode: z.literal('lock-status') });
const listWork = z.strictObject({ mode: z.literal('list') });
/** The run to end, and whether somebody has already confirmed that. */
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
/** `connect.keyFile`; in `work` the fields of any mode. */
export type Field = { [S in Section]: `${S}.${KeyOf<RunRequest[S]> & string}` }[Section];
/** The work of one mode: `WorkOf<'upload'>`. */
export type WorkOf<M extends Mode> = Extract<WorkRequest, { readonly mode: M }>;
