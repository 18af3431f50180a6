/** How a command on a node ended, for the program that started it. */
import { LockstepError } from '../../core/errors.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import type { StepPlace } from '../../run/joined/step.ts';
import type { CommandEnd } from '../types.ts';

/** A command that ended by itself meanwhile keeps its own code. */
export function endedBy(end: ChannelResult): CommandEnd {
  if (end.kind === 'code' && end.code !== 143 && end.code !== 137)
    return { code: end.code, signal: undefined };
  return { code: undefined, signal: end.kind === 'code' && end.code === 137 ? 'SIGKILL' : 'SIGTERM' };
}

/** Throws LockstepError `connection-lost`. */
export function endOrLoss(end: ChannelResult, { node }: StepPlace): CommandEnd {
  if (end.kind === 'code') return { code: end.code, signal: undefined };
  if (end.kind === 'signal') return { code: undefined, signal: end.signal };
  throw new LockstepError('connection-lost', `the command was lost: ${end.reason}`, { node });
}
