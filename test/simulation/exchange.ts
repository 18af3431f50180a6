/** The form of an exchange: what is said to keepers and workers of one node, what they answer, and what is true meanwhile. */
export interface Exchange {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Every reply of each keeper, in order. `#` stands for a number, LOCK for the lock's path. */
  readonly replies: Readonly<Record<string, readonly string[]>>;
}

export type Step =
  /** A keeper is started, and told its first line. Its name is its run's. */
  | {
      readonly keeper: string;
      readonly kind?: string;
      readonly lease?: number;
      /** Between TERM and KILL, in seconds, as the lease. */
      readonly grace?: number;
      readonly path?: 'missing';
      readonly make?: string;
    }
  /** A worker of that keeper's run is started; its command's name is its own. */
  | { readonly worker: string; readonly of: string; readonly does: Deed; readonly job?: 'p' }
  /** The keeper runs a command by GO. */
  | { readonly go: string; readonly to: string; readonly does: Deed }
  | { readonly send: string; readonly to: string }
  | { readonly endInput: string }
  /** KILL, for the keeper's own process alone, for its job, or for a worker's wrapper. */
  | { readonly kill: string }
  | { readonly killJob: string }
  | { readonly killWorker: string }
  /** Time passes until it has said so, behind what was waited for before. */
  | { readonly until: string; readonly says: string }
  /** Time passes until the command is at work. */
  | { readonly begins: string }
  /** Time passes until the session of a keeper or worker has ended, with this code. */
  | { readonly ends: string; readonly code?: number }
  | { readonly pass: number }
  /** Somebody waits for the lock, and looks for the command the moment that he has it. */
  | { readonly witness: string }
  | { readonly witnessSees: 'gone' | 'at work' }
  | { readonly isAtWork: string }
  | { readonly isGone: string };

/** What a command does, below a shell of its own: the stubborn one ignores TERM, and its shell does not. */
export type Deed =
  | 'works on'
  | 'works on, stubborn'
  | 'works a second'
  | 'exits with 3'
  | 'leaves work behind'
  | 'leaves a daemon behind';
