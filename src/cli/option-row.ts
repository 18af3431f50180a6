/** What the table tells of one option: enough for the parser, the help, the man page and completion. */
export type Completion = 'file' | 'directory' | 'target' | 'user';

export interface OptionRow {
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** The option takes a value; this stands for it in the help. */
  readonly argument?: string;
  readonly repeats?: true;
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
