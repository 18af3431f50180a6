/** What a keeper says at its end. Pure. */
import type { Unfinished } from '../../core/lock.ts';
import type { Reply } from './replies.ts';

export interface LastWords {
  /** How this run's own commit, cut short, has left the node. */
  readonly unfinished: readonly Unfinished[];
  /** Processes that it could not end. */
  readonly remains: readonly number[];
  /** The keeper has ended all work, or has named what remains. */
  readonly hasReleased: boolean;
}

export const NO_WORDS: LastWords = { unfinished: [], remains: [], hasReleased: false };

/** The words of the keeper of `run`, with one reply more. */
export function withReply(words: LastWords, reply: Reply, run: string): LastWords {
  switch (reply.kind) {
    case 'left': {
      if (reply.unfinished.run !== run) return words;
      return { ...words, unfinished: [...words.unfinished, reply.unfinished] };
    }
    case 'remains':
      return { ...words, remains: reply.pids };
    case 'released':
      return { ...words, hasReleased: true };
    default:
      return words;
  }
}
