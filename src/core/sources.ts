/** Files of this machine that a run sends, by what was named: enough to tell later whether they are still the same. */
export interface Source {
  readonly path: string;
  /** So many more names are in the same digest. */
  readonly more?: number;
  /** Undefined for what is read once, as a pipe is. */
  readonly digest?: string;
}
