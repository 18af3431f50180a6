/** Asks a node something outside of any run: one short text, its replies, its end. */

import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { withTimeout } from '../../core/waiting.ts';
import type { Connection } from '../../ssh/transport.ts';
import { type Become, openBoot } from '../become.ts';
import { bootInput } from '../boot.ts';
import type { Reply } from '../keeper/replies.ts';
import { ReplyStream } from '../keeper/reply-stream.ts';
import { describeUnstarted, type Unstarted } from '../unusable.ts';

export interface Question {
  readonly text: string;
  /** The text's own name and its arguments, which all may see. */
  readonly words: readonly string[];
  /** Secret: marks what is ours of the answer. */
  readonly token: string;
  /** What follows the token on the first line. */
  readonly start?: string;
  readonly become: Become | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** All replies, in order. Rejects with a LockstepError when the node does not come to an end in time. */
export async function ask(connection: Connection, question: Question): Promise<readonly Reply[]> {
  const { text, words, token, start, become, clock, timeoutMs } = question;
  const replies: Reply[] = [];
  let noise = '';
  const hear = (part: string) => {
    noise = (noise + part).slice(-LIMITS.nodeSaidCharsMax);
  };
  const stream = new ReplyStream(token, {
    onReply: (reply) => void replies.push(reply),
    onOutput: () => {},
    onNoise: hear,
  });
  const channel = await openBoot(connection, become, {
    onStdout: (chunk) => stream.push(chunk),
    onStderr: (chunk) => hear(chunk.toString('utf8')),
  });
  const line = start === undefined ? `${token}\n` : `${token} ${start}\n`;
  void channel.write(Buffer.concat([bootInput({ words, text }), Buffer.from(line)]));
  const { node } = connection;
  const fail = (end: Unstarted['end']) => {
    const { text, hint } = describeUnstarted({ end, said: noise }, become);
    return new LockstepError('no-answer', text, { node, hint });
  };
  const result = await withTimeout(channel.result, { clock, timeoutMs }, () => {
    channel.close();
    if (replies.length === 0) return fail({ kind: 'silent', afterMs: timeoutMs });
    return new LockstepError('no-answer', `did not come to an end within ${timeoutMs / 1000} s`, {
      node,
    });
  });
  if (result.kind === 'lost' || replies.length === 0) throw fail(result);
  return replies;
}
