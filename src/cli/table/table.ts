/**
 * The one table of options, by groups in the order of the help: cutting, yargs, the help, the man page and completion
 * come from it. Names, letters and meanings are orgalorg's; a row that orgalorg does not have says `isAdded`.
 */

import { formatDuration } from '../../core/duration.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { CONNECTION } from './connection.ts';
import type { OptionRow } from './option-row.ts';
import { OUTPUT } from './output.ts';
import { RELEASES } from './releases.ts';
import { ROLLOUT } from './rollout.ts';
import { TIME, TIMES } from './times.ts';
import { FILES, WORK } from './work.ts';

export type { OptionRow };

export const OPTION_GROUPS = {
  mode: [
    { short: 'C', long: 'command', help: 'run a command on all nodes' },
    { short: 'U', long: 'upload', help: 'upload files to all nodes' },
    { short: 'S', long: 'sync', help: 'upload files, then run the sync tool or -n' },
    {
      short: 'L',
      long: 'lock',
      help: 'hold the lock while PROGRAM runs, or until Ctrl-C',
    },
    { long: 'download', isAdded: true, help: 'bring files of all nodes here' },
    { long: 'rollback', isAdded: true, help: 'all nodes go back to the release before' },
    { long: 'releases', isAdded: true, isBeside: true, help: 'list them' },
    { long: 'lock-status', isAdded: true, help: 'tell who holds the lock, without taking it' },
    {
      long: 'lock-break',
      field: 'work.run',
      of: 'lock-break',
      argument: 'RUN',
      isAdded: true,
      help: 'end this run: its work on the nodes, then its lock',
    },
    { long: 'list', isAdded: true, help: 'tell which nodes are meant, and connect to none' },
  ],
  targets: [
    {
      short: 'o',
      long: 'host',
      field: 'targets.hosts',
      argument: 'HOST',
      completes: 'target',
      repeats: true,
      help: 'host, user@host:port, web[01-20], @group or ./FILE',
    },
    {
      short: 's',
      long: 'read-stdin',
      field: 'targets.areOnStdin',
      help: 'read more targets from stdin, one a line',
    },
    {
      short: 'u',
      long: 'user',
      field: 'targets.user',
      argument: 'NAME',
      completes: 'user',
      help: 'user for targets without one (default: yours)',
    },
    {
      long: 'inventory',
      field: 'targets.inventory',
      argument: 'FILE',
      completes: 'file',
      isAdded: true,
      help: 'an inventory of Ansible, whatever its name',
    },
    {
      long: 'targets-from',
      field: 'targets.program',
      argument: 'CMD',
      isAdded: true,
      help: 'read more targets from this local command',
    },
  ],
  lock: [
    { short: 'y', long: 'no-lock', help: 'take no lock' },
    {
      short: 't',
      long: 'no-lock-fail',
      field: 'lock.mayGoWithout',
      help: 'a node that cannot be locked is used all the same',
    },
    {
      long: 'lock-file',
      argument: 'PATH',
      isLine: true,
      help: 'path to lock on the nodes (default: -r, else /)',
    },
    {
      long: 'lock-wait',
      field: 'lock.waitMs',
      ...TIME,
      min: 0,
      default: 0,
      bareValue: formatDuration(LIMITS.lockWaitMs),
      help: `wait for a lock others hold (without =TIME: ${formatDuration(LIMITS.lockWaitMs)})`,
    },
    { long: 'lock-shared', isAdded: true, help: 'hold it beside other readers: not -U and -S' },
    {
      long: 'lock-reason',
      field: 'lock.reason',
      argument: 'TEXT',
      default: '',
      isAdded: true,
      help: 'why, for those who meet the lock; public on a node',
    },
    {
      long: 'yes',
      field: 'work.isConfirmed',
      of: 'questions',
      elsewhere: 'no other mode asks a question',
      isAdded: true,
      help: '--lock-break and --delete do not ask',
    },
  ],
  connection: CONNECTION,
  work: [...WORK, ...ROLLOUT],
  files: [...FILES, ...RELEASES],
  output: OUTPUT,
  time: TIMES,
} as const satisfies Record<string, readonly OptionRow[]>;

export type OptionGroup = keyof typeof OPTION_GROUPS;

export const OPTION_GROUP_NAMES = Object.keys(OPTION_GROUPS) as readonly OptionGroup[];

export type TableRow = (typeof OPTION_GROUPS)[OptionGroup][number];

export type OptionName = TableRow['long'];

export const OPTION_TABLE: readonly TableRow[] = Object.values(OPTION_GROUPS).flat();
