/**
 * How the command of a worker has ended: by the worker's own report behind the last byte of its stdout, as a keeper's job
 * tells it. What stands between sshd and the worker, as a forced command with a pipe, ends with a code of its own.
 */
import type { ChannelResult } from '../../core/outcome.ts';
import type { Channel, ChannelSinks } from '../../ssh/transport.ts';
import { ReplyStream } from '../keeper/reply-stream.ts';
import { describeDeath, UNTOLD } from '../keeper/running-command.ts';

export interface ReportedEnd {
  readonly sinks: ChannelSinks;
  watch(channel: Channel): Channel;
}

/** `onUntold`: the worker is gone and has told nothing. */
export function reportedEnd(token: string, sinks: ChannelSinks, onUntold: () => void): ReportedEnd {
  let end: ChannelResult | undefined;
  let settle: (end: ChannelResult) => void = () => {};
  const reported = new Promise<ChannelResult>((resolve) => {
    settle = resolve;
  });
  const stream = new ReplyStream(token, {
    onReply: (reply) => {
      if (reply.kind === 'exit') end ??= { kind: 'code', code: reply.code };
      else if (reply.kind === 'died') end ??= { kind: 'lost', reason: describeDeath(reply.how) };
      if (end !== undefined) settle(end);
    },
    onOutput: (chunk) => sinks.onStdout(chunk),
  });
  stream.openCommand();
  const result = async (channel: Channel): Promise<ChannelResult> => {
    const ended = await channel.result;
    await stream.end();
    if (end !== undefined || ended.kind === 'lost') return end ?? ended;
    onUntold();
    // A signal is a failure in any case, and names what was done to the worker.
    if (ended.kind === 'signal') return ended;
    return { kind: 'lost', reason: `${UNTOLD}, which ended with code ${ended.code}` };
  };
  return {
    sinks: { onStdout: (chunk) => stream.push(chunk), onStderr: (chunk) => sinks.onStderr(chunk) },
    watch: (channel) => {
      // The command reads no more, and a wrapper that hands stdin on may wait for its end.
      void reported.then(() => channel.end());
      return {
        write: (chunk) => channel.write(chunk),
        end: () => channel.end(),
        close: () => channel.close(),
        result: result(channel),
        status: channel.status === undefined ? reported : Promise.race([reported, channel.status]),
      };
    },
  };
}
