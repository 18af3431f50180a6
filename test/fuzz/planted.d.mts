/** A fault that can be put back. */
export interface Plant {
  /** What is kept where it is not there. */
  readonly promise: string;
  /** One that finds it. */
  readonly seed: number;
  /** The node on which it does. */
  readonly kind: string;
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
}

export declare const PLANTS: Readonly<Record<string, Plant>>;
