/**
 * The one table of options, by groups in the order of the help: what cuts the line, yargs, the help, the man page
 * and completion are made from it. Names, letters and meanings are orgalorg's; a row that orgalorg does not have says `isAdded`.
 */
import { LIMITS } from '../core/limits.ts';
import { formatDuration } from './duration.ts';
import type { OptionRow } from './option-row.ts';

export type { OptionValues } from './option-values.ts';
export type { OptionRow };

const { heartbeatMs, leaseMs, killGraceMs, barrierTimeoutMs, rollbackGraceMs, lockWaitMs } = LIMITS;

export const OPTION_GROUPS = {
  mode: [
    { short: 'C', long: 'command', help: 'run a command on all nodes' },
    { short: 'U', long: 'upload', help: 'upload files to all nodes' },
    { short: 'S', long: 'sync', help: 'upload files, then run the sync tool or -n' },
    { short: 'L', long: 'lock', help: 'hold the lock while PROGRAM runs, or until Ctrl-C' },
    { long: 'lock-status', isAdded: true, help: 'tell who holds the lock, without taking it' },
    {
      long: 'lock-break',
      argument: 'RUN',
      isAdded: true,
      help: 'end this run: its work on the nodes, then its lock',
    },
  ],
  targets: [
    {
      short: 'o',
      long: 'host',
      argument: 'HOST',
      completes: 'target',
      repeats: true,
      help: '[user@]host[:port], or a file: ./FILE; repeatable',
    },
    { short: 's', long: 'read-stdin', help: 'read more targets from stdin, one a line' },
    {
      short: 'u',
      long: 'user',
      argument: 'NAME',
      completes: 'user',
      help: 'user for targets without one (default: yours)',
    },
  ],
  lock: [
    { short: 'y', long: 'no-lock', help: 'take no lock' },
    { short: 't', long: 'no-lock-fail', help: 'a node that cannot be locked is used all the same' },
    { long: 'lock-file', argument: 'PATH', help: 'path to lock on the nodes (default: -r, else /)' },
    {
      long: 'lock-wait',
      argument: 'TIME',
      bareValue: formatDuration(lockWaitMs),
      isAdded: true,
      help: `wait for a lock others hold (without =TIME: ${formatDuration(lockWaitMs)})`,
    },
    { long: 'lock-shared', isAdded: true, help: 'hold it beside other readers: -C and -L only' },
    {
      long: 'lock-reason',
      argument: 'TEXT',
      isAdded: true,
      help: 'why, for those who meet the lock; public on a node',
    },
    { long: 'yes', isAdded: true, help: '--lock-break does not ask' },
  ],
  connection: [
    { short: 'w', long: 'no-conn-fail', help: 'leave out nodes that cannot be reached or used' },
    { short: 'k', long: 'key', argument: 'FILE', completes: 'file', help: 'private key' },
    { short: 'p', long: 'password', help: 'log in with a password, asked for once' },
    {
      short: 'd',
      long: 'threads',
      argument: 'N',
      help: `connections set up at once (default ${LIMITS.connectsAtOnce})`,
    },
    {
      long: 'strict-host-key-checking',
      argument: 'HOW',
      choices: ['yes', 'accept-new', 'no'],
      isAdded: true,
      help: 'yes, accept-new (default) or no',
    },
    {
      long: 'known-hosts',
      argument: 'FILE',
      completes: 'file',
      isAdded: true,
      help: 'instead of the known_hosts of ssh',
    },
  ],
  work: [
    {
      short: 'r',
      long: 'root',
      argument: 'DIR',
      help: 'destination, working directory and path to lock',
    },
    { short: 'x', long: 'sudo', help: 'work as root, through sudo without a password' },
    {
      short: 'i',
      long: 'stdin',
      argument: 'FILE',
      completes: 'file',
      help: 'this local file is the stdin of every command',
    },
    {
      long: 'shell',
      argument: 'TEXT',
      mayBeEmpty: true,
      help: 'how {} is run; empty: as the login shell does',
    },
    { long: 'fail-fast', isAdded: true, help: 'the first command that fails ends the others' },
  ],
  files: [
    { short: 'e', long: 'relative', help: 'relative file names stay relative' },
    { long: 'no-preserve-uid', help: 'do not keep the owner' },
    { long: 'no-preserve-gid', isBeside: true, help: 'nor the group' },
    { short: 'n', long: 'sync-cmd', argument: 'CMD', help: 'run this shell text instead of the sync tool' },
    {
      short: 'g',
      long: 'arg',
      argument: 'ARG',
      repeats: true,
      mayBeEmpty: true,
      help: 'argument of the sync tool; repeatable',
    },
    { short: 'm', long: 'simple', help: 'the tool is a plain command, without the protocol' },
    { long: 'no-upload', help: 'upload nothing, only run the tool' },
    { long: 'keep-staged', isAdded: true, help: 'leave files in the run directory; -n runs there' },
  ],
  output: [
    { short: 'l', long: 'serial', help: "one node's output at a time" },
    { short: 'q', long: 'quiet', help: 'no prefixes, no messages but errors' },
    { short: 'v', long: 'verbose', repeats: true, help: 'say more; twice: say everything' },
    { long: 'json', help: 'one JSON object a line' },
    {
      long: 'fold',
      argument: 'HOW',
      bareValue: 'same',
      choices: ['same', 'diff'],
      isAdded: true,
      help: 'equal output once, at the end; or others as a diff',
    },
    {
      long: 'outdir',
      argument: 'DIR',
      completes: 'directory',
      isAdded: true,
      help: 'also write the output of each node to a file here',
    },
    {
      long: 'failed-to',
      argument: 'FILE',
      completes: 'file',
      isAdded: true,
      help: 'write nodes that are not ok here, for -o ./FILE',
    },
    {
      long: 'color',
      argument: 'WHEN',
      choices: ['auto', 'always', 'never'],
      help: 'auto (default), always or never',
    },
    { long: 'colors-dark', help: 'colours on a dark terminal' },
    { long: 'colors-light', isBeside: true, help: 'on a light one' },
    {
      long: 'bar-format',
      argument: 'LOOK',
      mayBeEmpty: true,
      help: 'looks of the status bar',
    },
    { long: 'log-format', argument: 'LOOK', isBeside: true, help: 'of log lines' },
    { short: 'h', long: 'help', help: 'show this' },
    { short: 'V', long: 'version', isBeside: true, help: 'show the version' },
  ],
  time: [
    {
      long: 'timeout',
      argument: 'TIME',
      isAdded: true,
      help: 'a command that takes longer is ended on its node',
    },
    {
      long: 'heartbeat',
      argument: 'TIME',
      isAdded: true,
      help: `time between proofs of the lock (default ${formatDuration(heartbeatMs)})`,
    },
    {
      long: 'lease',
      argument: 'TIME',
      isAdded: true,
      help: `silence after which a node ends work (default ${formatDuration(leaseMs)})`,
    },
    {
      long: 'kill-grace',
      argument: 'TIME',
      isAdded: true,
      help: `time between TERM and KILL (default ${formatDuration(killGraceMs)})`,
    },
    {
      long: 'barrier-timeout',
      argument: 'TIME',
      isAdded: true,
      help: `time for a SYNC that never comes (default ${formatDuration(barrierTimeoutMs)})`,
    },
    {
      long: 'rollback-grace',
      argument: 'TIME',
      isAdded: true,
      help: `time for tools to undo a failure (default ${formatDuration(rollbackGraceMs)})`,
    },
    {
      short: 'c',
      long: 'conn-timeout',
      argument: 'MS',
      help: `ms for name and TCP, without login (default ${LIMITS.connectTimeoutMs})`,
    },
    {
      short: 'j',
      long: 'send-timeout',
      argument: 'MS',
      help: `ms to send (default ${LIMITS.sendTimeoutMs})`,
    },
    {
      short: 'z',
      long: 'recv-timeout',
      argument: 'MS',
      help: `ms to receive (default ${LIMITS.receiveTimeoutMs})`,
    },
    {
      short: 'a',
      long: 'keep-alive',
      argument: 'MS',
      help: `ms between TCP probes (default ${LIMITS.keepAliveMs})`,
    },
  ],
} as const satisfies Record<string, readonly OptionRow[]>;

export type OptionGroup = keyof typeof OPTION_GROUPS;

export const OPTION_GROUP_NAMES = Object.keys(OPTION_GROUPS) as readonly OptionGroup[];

export type TableRow = (typeof OPTION_GROUPS)[OptionGroup][number];

export type OptionName = TableRow['long'];

export const OPTION_TABLE: readonly TableRow[] = Object.values(OPTION_GROUPS).flat();
