/** A row of the table of options: enough for the parser, the help, the man page and completion. */
import type { Field, Mode } from '../../run/request/request.ts';

export type Completion = 'file' | 'directory' | 'target' | 'user';

export interface OptionRow {
  readonly long: string;
  /** The field of the request that gets the value; without one, or where more follows from it, see `to-request.ts`. */
  readonly field?: Field;
  /** The flag says no to its field. */
  readonly inverts?: true;
  /**
   * The modes to whose work it belongs: those that run commands on the nodes, those that may only check, too, those
   * that change files there, those that send files in either direction, those that ask questions, or one mode.
   */
  readonly of?: 'commands' | 'checks' | 'files' | 'traffic' | 'questions' | Mode;
  /** What to do instead in other modes, which refuse the option; without this it has no effect there. */
  readonly elsewhere?: string;
  /** One letter. */
  readonly short?: string;
  /** The option takes a value; the help calls it this. */
  readonly argument?: string;
  readonly repeats?: true;
  /**
   * A number. The user writes a `time` with its unit or in seconds, and an `ms`, as orgalorg's, in milliseconds;
   * lockstep keeps both in milliseconds. `bytes` may have a unit as well.
   */
  readonly kind?: 'count' | 'time' | 'ms' | 'bytes';
  /** Bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  /** The meaning of 0. */
  readonly zero?: number;
  /** orgalorg's name for it. */
  readonly called?: string;
  /** The value if the user gives none. */
  readonly default?: number | string;
  /** A path that travels to the nodes in lines and in argv. */
  readonly isLine?: true;
  /** The help adds the default of a number to it. */
  readonly help: string;
  /** The only values, unless any value will do. */
  readonly choices?: readonly string[];
  /** The value of the option without one; it then takes a value only as `--option=VALUE`. */
  readonly bareValue?: string;
  /** The help shows it on the line of the row before. */
  readonly isBeside?: true;
  /** The kind of value, for completion: names of files and directories of this machine, targets, users. */
  readonly completes?: Completion;
  /** An empty value means something. */
  readonly mayBeEmpty?: true;
  /** Not in orgalorg; such a row never makes one of its abbreviations ambiguous. */
  readonly isAdded?: true;
}

/** Its name in messages. */
export function nameOf({ short, long }: OptionRow): string {
  return short === undefined ? `--${long}` : `-${short}`;
}
