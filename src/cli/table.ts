/**
 * The one table of options, by groups in the order of the help: what cuts the line, yargs, the help, the man page
 * and completion are made from it. Names, letters and meanings are orgalorg's; a row that orgalorg does not have says `isAdded`.
 */
import { LIMITS } from '../core/limits.ts';
import { formatDuration } from './duration.ts';
import type { OptionRow } from './option-row.ts';
import { TIME, TIMES } from './table-times.ts';

export type { OptionValues } from './option-values.ts';
export type { OptionRow };

export const OPTION_GROUPS = {
  mode: [
    { short: 'C', long: 'command', help: 'run a command on all nodes' },
    { short: 'U', long: 'upload', help: 'upload files to all nodes' },
    { short: 'S', long: 'sync', help: 'upload files, then run the sync tool or -n' },
    {
      short: 'L',
      long: 'lock',
      excludes: { 'no-lock': 'leave out -y to hold the lock' },
      help: 'hold the lock while PROGRAM runs, or until Ctrl-C',
    },
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
    {
      short: 't',
      long: 'no-lock-fail',
      excludes: {
        'lock-wait': '-t goes on at once without the locks that are refused; --lock-wait wants them all',
      },
      help: 'a node that cannot be locked is used all the same',
    },
    { long: 'lock-file', argument: 'PATH', help: 'path to lock on the nodes (default: -r, else /)' },
    {
      long: 'lock-wait',
      ...TIME,
      min: 0,
      bareValue: formatDuration(LIMITS.lockWaitMs),
      help: `wait for a lock others hold (without =TIME: ${formatDuration(LIMITS.lockWaitMs)})`,
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
    {
      short: 'p',
      long: 'password',
      excludes: { key: 'log in with one of them' },
      help: 'log in with a password, asked for once',
    },
    {
      short: 'd',
      long: 'threads',
      argument: 'N',
      kind: 'count',
      min: 1,
      max: LIMITS.nodesMax,
      default: LIMITS.connectsAtOnce,
      help: 'connections set up at once',
    },
    {
      long: 'strict-host-key-checking',
      argument: 'HOW',
      choices: ['yes', 'accept-new', 'no'],
      default: 'accept-new',
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
    { short: 'r', long: 'root', argument: 'DIR', help: 'destination, working directory and path to lock' },
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
      excludes: {
        json: 'a JSON line tells its node; lines that are equal can be counted by their body',
        serial: 'folded output is never mixed',
      },
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
      default: 'auto',
      help: 'auto (default), always or never',
    },
    { long: 'colors-dark', help: 'colours on a dark terminal' },
    { long: 'colors-light', isBeside: true, help: 'on a light one' },
    {
      long: 'bar-format',
      argument: 'LOOK',
      mayBeEmpty: true,
      default: 'default',
      help: 'looks of the status bar',
    },
    { long: 'log-format', argument: 'LOOK', default: 'default', isBeside: true, help: 'of log lines' },
    { short: 'h', long: 'help', help: 'show this' },
    { short: 'V', long: 'version', isBeside: true, help: 'show the version' },
  ],
  time: TIMES,
} as const satisfies Record<string, readonly OptionRow[]>;

export type OptionGroup = keyof typeof OPTION_GROUPS;

export const OPTION_GROUP_NAMES = Object.keys(OPTION_GROUPS) as readonly OptionGroup[];

export type TableRow = (typeof OPTION_GROUPS)[OptionGroup][number];

export type OptionName = TableRow['long'];

export const OPTION_TABLE: readonly TableRow[] = Object.values(OPTION_GROUPS).flat();
