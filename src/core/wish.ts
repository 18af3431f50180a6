/** What somebody wants of a rollout at work, and what became of that, as it goes from one terminal to another. Pure. */
export type Wish =
  | { readonly kind: 'halt' | 'resume' }
  /** Node ids. */
  | { readonly kind: 'retry' | 'skip'; readonly nodes: readonly string[] };

/** Why a wish does nothing on a node. `unsure`: its command was lost or given up, and may still run. */
export type Refusal =
  | 'unknown'
  | 'ok'
  | 'at-work'
  | 'waits'
  | 'tries-again'
  | 'skipped'
  | 'out-of-reach'
  | 'unsure';

/** Why a wish changes nothing at all. `input`: a run reads `-i` only once. */
export type Pointless = 'halted' | 'not-halted' | 'nothing-waits' | 'ending' | 'input';

export interface WishAnswer {
  readonly done: readonly string[];
  readonly refused: readonly { readonly node: string; readonly why: Refusal }[];
  readonly pointless?: Pointless | undefined;
  /** Nodes at work, and nodes that have not begun. */
  readonly running: number;
  readonly waiting: number;
  /** Why nothing starts now: a halt or a rule. */
  readonly standsFor?: 'halt' | 'rule' | undefined;
}

/** Undefined for a value that is no wish. */
export function parseWish(value: unknown): Wish | undefined {
  const { kind, nodes } = (value ?? {}) as { kind?: unknown; nodes?: unknown };
  if (kind === 'halt' || kind === 'resume') return { kind };
  if (kind !== 'retry' && kind !== 'skip') return undefined;
  return areTexts(nodes) ? { kind, nodes } : undefined;
}

/** Undefined for a value that is no answer. */
export function parseWishAnswer(value: unknown): WishAnswer | undefined {
  const { done, refused, running, waiting } = (value ?? {}) as Partial<WishAnswer>;
  const areCounted = Number.isSafeInteger(running) && Number.isSafeInteger(waiting);
  const isRefused = (one: unknown) => typeof (one as { node?: unknown } | null)?.node === 'string';
  if (!areCounted || !areTexts(done) || !Array.isArray(refused) || !refused.every(isRefused))
    return undefined;
  return value as WishAnswer;
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
