/** The door of a rollout at work: wishes come in over a private socket, and what became of them goes back. */
import { systemClock } from '../../core/clock.ts';
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { parseWish, parseWishAnswer, type Wish, type WishAnswer } from '../../core/wish.ts';
import { askAt, openDoor } from '../../session/door.ts';
import type { HeldRun } from '../held-run.ts';
import type { RolloutControl } from './control.ts';

/** Resolves with a function that shuts it. If it does not open the run goes on without. Never rejects. */
export async function openRolloutDoor(
  { here, identity, input, tell }: Pick<HeldRun, 'here' | 'identity' | 'input' | 'tell'>,
  control: RolloutControl,
): Promise<() => void> {
  let path: string | undefined;
  try {
    path = await here.doorOf?.(identity.run);
    if (path === undefined) return () => {};
    return await openDoor(path, (asked) => {
      const wish = parseWish(asked);
      if (wish === undefined) throw new LockstepError('usage', 'the run does not know this question');
      return control.answer(wish, input !== undefined);
    });
  } catch (error) {
    const what = `not to be reached from another terminal: ${systemErrorText(error)}`;
    const advice = path === undefined ? '' : '; its socket may need a shorter $XDG_STATE_HOME';
    tell({ type: 'log', level: 'warn', message: `${what}${advice}` });
    return () => {};
  }
}

/** Rejects with LockstepError `not-at-work` if nobody answers. */
export async function askRollout(path: string, wish: Wish): Promise<WishAnswer> {
  const answer = await askAt(path, wish, systemClock).catch((thrown: unknown) => {
    const { code, message } = toLockstepError(thrown);
    if (code !== 'session-gone') throw thrown;
    throw new LockstepError('not-at-work', message, { hint: 'it may be at its end, or stopped' });
  });
  const parsed = parseWishAnswer(answer);
  if (parsed === undefined) throw new LockstepError('bug', 'the answer of the run cannot be read');
  return parsed;
}
