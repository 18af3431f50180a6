/** Files of this machine that a run sends, each by its given name: enough to tell later whether they are still the same. */
export interface Source {
  readonly path: string;
  /** How many more names the same digest covers. */
  readonly more?: number;
  /** Undefined for a source that can be read only once, such as a pipe. */
  readonly digest?: string;
}
