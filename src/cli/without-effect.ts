/**
 * Options that orgalorg takes in every mode and that mean nothing in some. Scripts keep them in one variable for all of
 * their calls, so they are no error: a warning says that they have no effect. Also warns of times that surely mean
 * seconds, and of rates without a unit. Pure.
 */
import type { Mode } from '../run/request/request.ts';
import { modesWith, type ParsedLine, strangeOptions } from './combinations.ts';
import type { GivenOption } from './cut-line.ts';
import { nameOf } from './table/option-row.ts';
import type { OptionValues } from './table/option-values.ts';

/** A sentence for each; the run prints them as warnings. */
export function withoutEffect(line: ParsedLine): string[] {
  const strange = strangeOptions(line).map(
    (row) => `${nameOf(row)} has no effect: it is for ${modesWith(row)}`,
  );
  const idle = REMARKS.filter(({ isIdle }) => isIdle(line)).map(({ remark }) => remark);
  return [...strange, ...idle, ...shortTimes(line.options), ...bareRates(line.options)];
}

/** Whether a sync tool runs on the nodes: its stdin carries the sync protocol. */
export function runsTool(mode: Mode, { simple }: OptionValues): boolean {
  return mode === 'sync' && !simple;
}

/** ssh, pdsh and Ansible count seconds where orgalorg counts milliseconds. */
function shortTimes(options: readonly GivenOption[]): string[] {
  const last = new Map(options.map(({ row, value }) => [row, value]));
  return [...last].flatMap(([row, value]) => {
    if (row?.kind !== 'ms' || value === undefined || !/^[1-9]\d?$/.test(value)) return [];
    return [`--${row.long} ${value} is ${value} milliseconds; for seconds write --${row.long} ${value}s`];
  });
}

/** rsync counts KiB per second. */
function bareRates(options: readonly GivenOption[]): string[] {
  const value = options.findLast(({ row }) => row?.long === 'bwlimit')?.value;
  if (value === undefined || !/^\d{4,5}$/.test(value)) return [];
  return [`--bwlimit ${value} is ${value} bytes a second; for KiB, as with rsync, write --bwlimit ${value}K`];
}

interface Remark {
  readonly isIdle: (line: ParsedLine) => boolean;
  readonly remark: string;
}

const REMARKS: readonly Remark[] = [
  {
    isIdle: ({ mode, values }) => values.stdin !== undefined && runsTool(mode, values),
    remark: '-i has no effect: it is for -C and -S -m; the stdin of a sync tool carries the sync protocol',
  },
  {
    isIdle: ({ mode, values }) => mode === 'upload' && !values['check-cmd'] && values.shell !== undefined,
    remark: '--shell has no effect: it is for -C and -S, and for -U --check-cmd',
  },
  {
    isIdle: ({ values }) => values['no-lock'] && values['lock-file'] !== undefined,
    remark: '--lock-file has no effect: with -y no lock is taken',
  },
  {
    isIdle: ({ mode, words, values }) =>
      mode === 'sync' && words.length === 0 && values['files-from'] === undefined && !values['no-upload'],
    remark: 'no files to upload: the tool runs alone, as with --no-upload',
  },
];
