/**
 * Options that orgalorg takes in every mode and that mean nothing in some. Scripts keep them in one variable for all of
 * their calls, so they are no error: a warning says that they have none. And times that are surely meant in seconds. Pure.
 */

import { MODES } from '../run/modes/modes.ts';
import type { Mode } from '../run/request.ts';
import type { ParsedLine } from './combinations.ts';
import type { GivenOption } from './cut-line.ts';
import type { OptionValues } from './table.ts';

/** A sentence for each; the run tells them as warnings. */
export function withoutEffect(line: ParsedLine): string[] {
  const idle = REMARKS.filter(({ isIdle }) => isIdle(line)).map(({ remark }) => remark);
  return [...idle, ...shortTimes(line.options)];
}

/** Whether what runs on the nodes is a command with a stdin of its own, and no sync tool. */
export function runsPlainCommand(mode: Mode, { simple }: OptionValues): boolean {
  return mode === 'command' || (mode === 'sync' && simple);
}

/** ssh, pdsh and Ansible count seconds where orgalorg counts milliseconds. */
function shortTimes(options: readonly GivenOption[]): string[] {
  const last = new Map(options.map(({ row, value }) => [row, value]));
  return [...last].flatMap(([row, value]) => {
    if (row?.kind !== 'ms' || value === undefined || !/^[1-9]\d?$/.test(value)) return [];
    return [`--${row.long} ${value} is ${value} milliseconds; for seconds write --${row.long} ${value}s`];
  });
}

interface Remark {
  readonly isIdle: (line: ParsedLine) => boolean;
  readonly remark: string;
}

const REMARKS: readonly Remark[] = [
  {
    isIdle: ({ mode, values }) => values.relative && !MODES[mode].changesFiles,
    remark: '-e has no effect: it is for the files of -U and -S',
  },
  {
    isIdle: ({ mode, values }) => mode !== 'sync' && values['sync-cmd'] !== undefined,
    remark: '-n has no effect: it is the command of -S',
  },
  {
    isIdle: ({ mode, values }) => mode !== 'sync' && values.simple,
    remark: '-m has no effect: it is for the command of -S',
  },
  {
    isIdle: ({ mode, values }) => values.stdin !== undefined && !runsPlainCommand(mode, values),
    remark: '-i has no effect: it is for -C and -S -m; the stdin of a sync tool carries the sync protocol',
  },
  {
    isIdle: ({ values }) => values['no-lock'] && values['lock-file'] !== undefined,
    remark: '--lock-file has no effect: with -y no lock is taken',
  },
  {
    isIdle: ({ mode, words, values }) => mode === 'sync' && words.length === 0 && !values['no-upload'],
    remark: 'no files to upload: the tool runs alone, as with --no-upload',
  },
];
