/** What a run's audience wants to see, and where. */
import type { Node } from '../core/node.ts';

export interface OutputSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  /** 0, 1 (debug) or 2 (trace); -q wins. */
  readonly verbose: number;
  readonly serial: boolean;
  /** `--fold`. */
  readonly fold?: 'same' | 'diff' | undefined;
  /** What commands print is not shown; it is elsewhere. */
  readonly isOutputHidden: boolean;
  readonly color: 'auto' | 'always' | 'never';
  /** `default`, `dark`, `light`, or a format. */
  readonly barFormat: string;
  readonly logFormat: string;
  /** Called as orgalorg: a person at the terminal sees what scripts see. */
  readonly asOrgalorg?: boolean;
  /** All nodes of the run: their prefixes are as short as this list allows. */
  readonly nodes: readonly Node[];
  /** Lines for the commands (`-i`) are typed on the terminal, and a bar would be drawn over them. */
  readonly isTyping?: boolean;
  /** NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: { now(): Date; monotonicMs(): number };
}
