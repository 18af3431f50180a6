/** How a sync tool ended, for the barrier and for people. Pure. */

import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { ChannelResult } from '../core/outcome.ts';
import type { ToolEnd, ToolFailure } from './barrier-state.ts';

export function toolEnd(result: ChannelResult): ToolEnd {
  switch (result.kind) {
    case 'code':
      return result.code === 0
        ? { kind: 'ok' }
        : { kind: 'failed', reason: `exited with code ${result.code}` };
    case 'signal':
      return { kind: 'failed', reason: `was ended by ${result.signal}` };
    case 'lost':
      return { kind: 'lost', reason: `was lost: ${result.reason}` };
  }
}

/** `whyFailed`: the tool's own word, where it had one. */
export function toolError(
  { kind, reason }: ToolFailure,
  node: Node,
  whyFailed: string | undefined,
): LockstepError {
  const why = whyFailed?.slice(0, LIMITS.failureReasonCharsMax);
  const text = why === undefined ? reason : `${reason}: ${why}`;
  const brief = { text: why ?? reason, causes: [] };
  return new LockstepError(ERROR_CODES[kind], text, { node, step: 'sync', brief });
}

const ERROR_CODES = {
  failed: 'protocol-failed',
  lost: 'connection-lost',
  'broke-protocol': 'protocol-failed',
  'barrier-timeout': 'timed-out',
  'rollback-timeout': 'protocol-failed',
} as const;
