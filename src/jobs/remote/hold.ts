/** A run in this process that holds the lock of some nodes, and the link over which the jobs of this process work there. */
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { withResolvers } from '../../core/waiting.ts';
import type { RunRequest } from '../../run/request/request.ts';
import { run } from '../../run/run.ts';
import type { HeldSession, Surroundings } from '../../run/surroundings.ts';
import { joinSession, type SessionLink } from '../../session/join.ts';
import { ChannelNews } from './channel-news.ts';

export interface Hold {
  readonly request: RunRequest;
  readonly here: Surroundings;
  readonly socketPath: string;
  readonly link: SessionLink;
  readonly nodes: readonly Node[];
  readonly channels: ChannelNews;
  /** The run id of one more command: what a killed shell has left is found by it, and nothing of another command is. */
  nextRun(): string;
  /** Aborts, with a LockstepError, when the lock is lost or the run ends. */
  readonly over: AbortSignal;
  /** Resolves when nothing of it is left, for whatever reason. */
  readonly gone: Promise<unknown>;
  /** Gives the lock back. Resolves when nothing of it is left: with an error if the lock was lost before. */
  release(): Promise<LockstepError | undefined>;
}

/** `request`: of mode lock, without a program. `here.signal` ends it. Rejects with the run's failure, when nothing is left. */
export async function openHold(request: RunRequest, here: Surroundings): Promise<Hold> {
  const [over, released, opened] = [
    new AbortController(),
    withResolvers<void>(),
    withResolvers<HeldSession>(),
  ];
  const whileSession = (session: HeldSession) => {
    opened.resolve(session);
    return released.promise;
  };
  const ending = run(request, { ...here, whileSession });
  void ending.then(({ failure }) => opened.reject(failure ?? new LockstepError('bug', 'no lock was held')));
  const { socketPath, signal } = await opened.promise;
  const end = (reason: unknown) => over.abort(toLockstepError(reason));
  const onLost = () => end(signal.reason);
  signal.addEventListener('abort', onLost, { once: true });
  const link = await joinSession(socketPath, here.clock).catch(async (thrown) => {
    released.resolve();
    await ending;
    throw signal.aborted ? signal.reason : thrown;
  });
  const onGone = () => end(link.over.reason);
  link.over.addEventListener('abort', onGone, { once: true });
  const release = async () => {
    link.over.removeEventListener('abort', onGone);
    link.close();
    released.resolve();
    const { failure } = await ending;
    signal.removeEventListener('abort', onLost);
    return failure;
  };
  const { nodes, call } = link.welcome;
  const channels = new ChannelNews((event) =>
    here.tell({ ...event, at: here.clock.wallMs(), run: link.welcome.run }),
  );
  link.onWaits = (waits) => channels.tellWaits(waits.nodes.flatMap((number) => nodes[number] ?? []));
  let count = 0;
  const nextRun = () => `${call}.${++count}`;
  return {
    request,
    here,
    socketPath,
    link,
    nodes,
    channels,
    nextRun,
    over: over.signal,
    gone: ending,
    release,
  };
}
