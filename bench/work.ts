/** The words of the bench: a row is a kind of work, a case one size of it, a contender one tool that does it. */
import type { Field } from './field.ts';
import type { Measurement } from './measure.ts';

export interface Row {
  readonly id: string;
  readonly title: string;
  /** Sizes of its cases, none of them above the largest that was asked for. */
  sizes(asked: readonly number[]): readonly number[];
  cases(field: Field, nodes: number): Promise<readonly Case[]> | readonly Case[];
}

export interface Case {
  readonly row: string;
  readonly title: string;
  readonly nodes: number;
  /** The name of the contender that the others are divided by. */
  readonly baseline: string;
  /** How long a flight to a node and back takes, where that is the row's own doing: times are told in round trips too. */
  readonly roundTripMs?: number;
  readonly contenders: readonly Contender[];
  readonly bars: readonly Bar[];
  /** What is left out, and why; said aloud. */
  readonly notes?: readonly string[];
  /** Before the first run and after the last one of this case. */
  readonly setUp?: () => Promise<void>;
  readonly tearDown?: () => Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** sh text, as it could be typed. */
  readonly command: string;
  /** Standard output goes to a file, where `check` may read it, or to /dev/null. */
  readonly output: 'file' | 'null';
  /** Before each run, not measured. */
  readonly prepare?: () => Promise<void>;
  /** Why the run does not count, although it exited with 0. */
  readonly check?: (stdout: string) => Promise<string | undefined> | string | undefined;
  /** When the last of the nodes that matter was done (ms since the epoch); by default that is the end of the command. */
  readonly othersDoneAtMs?: () => number;
  /** How much of the time places for work were empty, read after each run. */
  readonly idlePercent?: () => number;
  /** How often `command` repeats the work; its times are divided by it. */
  readonly repeats?: number;
}

export type Quantity = 'wallMs' | 'cpuMs' | 'largestMb' | 'sumMb' | 'othersMs' | 'idlePercent';

/** What one contender should at most need: `most` times what `of` needs, or `most` itself. */
export interface Bar {
  readonly contender: string;
  readonly quantity: Quantity;
  readonly most: number;
  readonly of?: string;
}

/** The same place in `samples` is the same round; undefined is a run that does not count. */
export interface Result {
  readonly contender: Contender;
  readonly samples: readonly (Measurement | undefined)[];
  /** Why runs did not count. */
  readonly failures: readonly string[];
}

export interface CaseResult {
  readonly case: Case;
  /** Load of the machine over the last minute when the case began. */
  readonly load: number;
  readonly results: readonly Result[];
}
