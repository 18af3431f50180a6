/** What the table tells of one option: enough for the parser, the help, the man page and completion. */
import type { Field, Mode } from '../run/request/request.ts';

export type Completion = 'file' | 'directory' | 'target' | 'user';

export interface OptionRow {
  readonly long: string;
  /** The field of the request that holds the value; where there is none, or more to it, `to-request.ts` says what the value means. */
  readonly field?: Field;
  /** The flag says no to its field. */
  readonly inverts?: true;
  /**
   * The modes whose work it is a part of: those that run commands on the nodes, those that may only check, too,
   * those that change files there, those between which and here files go in any direction, those that ask questions, or one.
   */
  readonly of?: 'commands' | 'checks' | 'files' | 'traffic' | 'questions' | Mode;
  /** What to do instead in other modes, which refuse it; in those of an option without this it has no effect. */
  readonly elsewhere?: string;
  /** One letter. */
  readonly short?: string;
  /** The option takes a value; this stands for it in the help. */
  readonly argument?: string;
  readonly repeats?: true;
  /**
   * A number. A `time` is written with its unit or in seconds, `ms` as orgalorg's, in milliseconds; both are kept in milliseconds.
   * `bytes` may have a unit as well.
   */
  readonly kind?: 'count' | 'time' | 'ms' | 'bytes';
  /** Bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  /** What 0 stands for. */
  readonly zero?: number;
  /** What orgalorg calls it. */
  readonly called?: string;
  /** The value where none is given. */
  readonly default?: number | string;
  /** A path that travels to the nodes in lines and in argv. */
  readonly isLine?: true;
  /** The default of a number is added to it. */
  readonly help: string;
  /** The only values, where not any value will do. */
  readonly choices?: readonly string[];
  /** The value of an option that stands without one; then only the form `--option=VALUE` gives one. */
  readonly bareValue?: string;
  /** The help has it on the line of the row before. */
  readonly isBeside?: true;
  /** What the value is of, for completion: names of files and directories of this machine, targets, users. */
  readonly completes?: Completion;
  /** An empty value means something. */
  readonly mayBeEmpty?: true;
  /** Not in orgalorg; such a row never makes one of its abbreviations ambiguous. */
  readonly isAdded?: true;
}

/** As messages name it. */
export function nameOf({ short, long }: OptionRow): string {
  return short === undefined ? `--${long}` : `-${short}`;
}
