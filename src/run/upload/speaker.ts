/** A worker that runs a text of lockstep's and tells by replies how far it has come. */
import { type ErrorCode, LockstepError } from '../../core/errors.ts';
import { RELEASE_LIMITS } from '../../core/limits/releases.ts';
import type { ChannelResult } from '../../core/outcome.ts';
import type { Reply } from '../../node/keeper/replies.ts';
import { ReplyStream } from '../../node/keeper/reply-stream.ts';
import { deniedHint } from '../../node/unusable.ts';
import { startWorker, type WorkerSettings } from '../../node/worker/worker.ts';
import type { Channel } from '../../ssh/transport.ts';
import { type HeldRun, outputSinks, type Site } from '../held-run.ts';

export interface Speaker {
  readonly site: Site;
  readonly channel: Channel;
  /** All replies so far; complete when the channel has ended. */
  readonly replies: readonly Reply[];
}

/** Starts such a worker. What it prints beside its replies is shown as output of tar on the node. */
export async function startSpeaker(
  work: HeldRun,
  site: Site,
  settings: WorkerSettings,
  onReply: (reply: Reply) => void = () => {},
): Promise<Speaker> {
  const replies: Reply[] = [];
  const sinks = outputSinks(work.output, site.node, 'tar');
  const own = outputSinks(work.output, site.node);
  const stream = new ReplyStream(work.identity.token, {
    onReply: (reply) => {
      if (replies.length >= RELEASE_LIMITS.repliesMax) return channel.close();
      replies.push(reply);
      onReply(reply);
    },
    onOutput: sinks.onStdout,
  });
  const channel = await startWorker(work.held, site, settings, {
    onStdout: (chunk) => stream.push(chunk),
    // Before the first reply these are words of sshd, the login shell or sudo, and not of the worker.
    onStderr: (chunk) => (replies.length === 0 ? own : sinks).onStderr(chunk),
  });
  void channel.write(`${work.identity.token}\n`);
  return { site, channel, replies };
}

/** Why the worker failed: in its own words, or else by how it ended. */
export function speakerError(
  code: ErrorCode,
  { node }: Site,
  { result, replies }: { result: ChannelResult; replies: readonly Reply[] },
): LockstepError {
  const told = replies.find((reply) => reply.kind === 'error');
  return new LockstepError(code, told?.reason ?? endingText(result), { node });
}

/** A hint where a failure says that the account has no permission. */
export function hintOf(failures: readonly LockstepError[], sudo: boolean): { hint?: string } {
  const isDenied = ({ message, node }: LockstepError) => deniedHint(message, sudo || node?.user === 'root');
  const hint = failures.map(isDenied).find((one) => one !== undefined);
  return hint === undefined ? {} : { hint };
}

export function endingText(result: ChannelResult): string {
  switch (result.kind) {
    case 'code':
      return `it ended with code ${result.code}`;
    case 'signal':
      return `it was ended by ${result.signal}`;
    case 'lost':
      return `the connection was lost: ${result.reason}`;
  }
}
