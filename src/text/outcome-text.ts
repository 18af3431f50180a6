/** How a node ended, in a few words: `code 3`. Pure. */
import type { Outcome } from '../core/outcome.ts';
import { sanitiseText } from './sanitise.ts';

export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'ok':
      return 'ok';
    case 'exit':
      return `code ${outcome.code}`;
    case 'signal':
      return sanitiseText(`killed by signal ${outcome.signal.replace(/^SIG/, '')}`);
    case 'timed-out':
      return `timed out after ${outcome.afterMs / 1000} s`;
    case 'lost':
      return sanitiseText(`lost, ${outcome.reason}`);
    case 'refused':
      return sanitiseText(outcome.error.message);
    case 'ended':
      return sanitiseText(`ended, ${outcome.reason}`);
    case 'skipped':
      return sanitiseText(`not done, ${outcome.reason}`);
  }
}
