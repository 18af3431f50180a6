/** Why nodes of a rollout have not begun, in words for people. Pure. */
import type { Reason, Some } from '../core/turn.ts';
import { countNodes } from './list-nodes.ts';
import { sanitiseText } from './sanitise.ts';

/** Behind "not done, ". */
export function neverBegan(reason: Reason): string {
  switch (reason.kind) {
    case 'slot':
      return sanitiseText(afterSlot(reason));
    case 'limit': {
      const places = reason.max === 1 ? 'the only place' : `all ${reason.max} places`;
      return sanitiseText(`since what failed keeps ${places} of ${reason.limit}: ${some(reason.failed)}`);
    }
    case 'pause':
      return sanitiseText(`since ${reason.thread} still paused behind ${reason.slot}`);
    case 'halted':
      return 'since the run was halted';
    case 'max-failures':
      return `since ${countNodes(reason.failed)} had failed`;
    case 'stop':
    case 'fail-fast':
      return sanitiseText(`since ${reason.first} failed first`);
    case 'asked':
      return 'as somebody wanted it skipped';
  }
}

function afterSlot({ slot, open, failed }: Extract<Reason, { kind: 'slot' }>): string {
  if (failed.first.length > 0) return `since ${some(failed)} failed in ${slot}`;
  return `since ${some(open)} of ${slot} never began`;
}

function some({ first, more }: Some): string {
  return first.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
