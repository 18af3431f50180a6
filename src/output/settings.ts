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
  /** Nobody sees what commands print here; it goes elsewhere. */
  readonly isOutputHidden: boolean;
  readonly color: 'auto' | 'always' | 'never';
  /** `default`, `dark`, `light`, or a format. */
  readonly barFormat: string;
  readonly logFormat: string;
  /** Called as orgalorg: people at the terminal see what scripts see. */
  readonly asOrgalorg?: boolean;
  /** All nodes of the run: their prefixes are as short as this list allows. */
  readonly nodes: readonly Node[];
  /** The user types lines for the commands (`-i`) on the terminal, where a bar would cover them. */
  readonly isTyping?: boolean;
  /** NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: { now(): Date; monotonicMs(): number };
}
