/** The rows of the table that say what is done on the nodes, and with which files. */
import type { OptionRow } from './option-row.ts';

export const WORK = [
  {
    short: 'r',
    long: 'root',
    argument: 'DIR',
    isLine: true,
    help: 'destination, working directory and path to lock',
  },
  {
    short: 'x',
    long: 'sudo',
    field: 'connect.asRoot',
    help: 'work as root, through sudo without a password',
  },
  {
    short: 'i',
    long: 'stdin',
    field: 'work.stdin',
    of: 'commands',
    argument: 'FILE',
    completes: 'file',
    help: 'this local file is the stdin of every command',
  },
  {
    long: 'shell',
    field: 'work.shell',
    of: 'commands',
    argument: 'TEXT',
    mayBeEmpty: true,
    help: 'how {} is run; empty: as the login shell does',
  },
  {
    long: 'fail-fast',
    field: 'work.isFailFast',
    of: 'commands',
    elsewhere: 'nothing else has a command that fails by itself',
    isAdded: true,
    help: 'the first command that fails ends the others',
  },
] as const satisfies readonly OptionRow[];

export const FILES = [
  {
    short: 'e',
    long: 'relative',
    field: 'work.areRelative',
    of: 'files',
    help: 'relative file names stay relative',
  },
  {
    long: 'no-preserve-uid',
    field: 'work.keepsOwner',
    of: 'files',
    inverts: true,
    help: 'do not keep the owner',
  },
  {
    long: 'no-preserve-gid',
    field: 'work.keepsGroup',
    of: 'files',
    inverts: true,
    isBeside: true,
    help: 'nor the group',
  },
  {
    short: 'n',
    long: 'sync-cmd',
    field: 'work.command',
    of: 'sync',
    argument: 'CMD',
    help: 'run this shell text instead of the sync tool',
  },
  {
    short: 'g',
    long: 'arg',
    field: 'work.arguments',
    of: 'sync',
    elsewhere: 'with -C, write arguments behind the command',
    argument: 'ARG',
    repeats: true,
    mayBeEmpty: true,
    help: 'argument of the sync tool; repeatable',
  },
  {
    short: 'm',
    long: 'simple',
    field: 'work.isPlain',
    of: 'sync',
    help: 'the tool is a plain command, without the protocol',
  },
  {
    long: 'no-upload',
    of: 'sync',
    elsewhere: 'to run a command without files, use -C',
    help: 'upload nothing, only run the tool',
  },
  {
    long: 'keep-staged',
    field: 'work.staysStaged',
    of: 'sync',
    elsewhere: '-U moves the files to their destination; there is nothing else to do with them',
    isAdded: true,
    help: 'leave files in the run directory; -n runs there',
  },
] as const satisfies readonly OptionRow[];
