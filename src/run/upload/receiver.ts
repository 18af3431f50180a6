/** The worker that receives an archive on one node, from its start until all files are staged and proven. */
import { LockstepError } from '../../core/errors.ts';
import { RECEIVE_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { Staged } from './node-commit.ts';
import { noteFailure } from './refuse.ts';
import { type Speaker, speakerError, startSpeaker } from './speaker.ts';
import { type GuardedSink, guardSink } from './stall-guard.ts';

export interface Receiver extends Speaker {
  readonly sink: GuardedSink;
  /** Resolves when the node has announced its first stage: it has room, and takes the archive. */
  readonly ready: Promise<void>;
}

export async function startReceiver(work: HeldRun, site: Site, words: readonly string[]): Promise<Receiver> {
  const settings = { job: 'receive', text: RECEIVE_TEXT, words, ahead: work.ahead.take(site.node) } as const;
  let onReady = () => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const speaker = await startSpeaker(work, site, settings, (reply) => {
    if (reply.kind === 'stage') site.keeper.announceStage(reply.path);
    if (reply.kind === 'stage') onReady();
    // The node is done, while others still receive: the progress counts it.
    if (reply.kind === 'staged') work.tell({ type: 'node-done', phase: 'upload', node: site.node });
  });
  const sink = guardSink(
    speaker.channel,
    work.request.times.receiveTimeoutMs,
    'it had all files, and was not ready to commit them,',
  );
  return { ...speaker, sink, ready };
}

/** Waits for the end of a receiver. Resolves with the node's stage, or with the error with which it is settled. */
export function finishReceiver(work: HeldRun): (receiver: Receiver) => Promise<Staged | LockstepError> {
  return async ({ site, channel, replies, sink }) => {
    const result = await channel.result;
    work.tell({ type: 'output-end', node: site.node });
    const stage = replies.find((reply) => reply.kind === 'stage');
    if (stage !== undefined && replies.some((reply) => reply.kind === 'staged')) {
      return { site, stage: stage.path };
    }
    const stall = sink.stall();
    const error =
      stall === undefined
        ? speakerError('upload-failed', site, { result, replies })
        : new LockstepError('upload-failed', `was given up: ${stall}`, { node: site.node });
    return noteFailure(work, site.node, error, 'upload');
  };
}
