/** `-v` without a bar: a line for each node that has all files, and how far the whole is: after a while, and then at doubling intervals. */
import { durationText } from '../../core/duration.ts';
import type { ControlEvent } from '../../core/events.ts';
import { PROGRESS_LIMITS } from '../../core/limits/progress.ts';
import type { Node } from '../../core/node.ts';
import type { AtWork } from '../bar/at-work.ts';
import { describeShare, type NodeBytes } from '../bar/node-bytes.ts';
import { advance, describeProgress, type Progress } from '../bar/progress.ts';

export interface ProgressNewsSettings {
  readonly atWork: AtWork;
  readonly nodeBytes: NodeBytes;
  readonly nowMs: () => number;
  tell(message: string): void;
}

export class ProgressNews {
  readonly #settings: ProgressNewsSettings;
  #progress: Progress | undefined;
  #nextMs: number = PROGRESS_LIMITS.newsAfterMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: ProgressNewsSettings) {
    this.#settings = settings;
  }

  see(event: ControlEvent): void {
    const { nowMs } = this.#settings;
    this.#progress = advance(this.#progress, event, nowMs());
    if (event.type === 'finished') return this.stop();
    if (event.type === 'node-done' && event.phase === 'upload') return this.#tellDone(event.node);
    if (event.type !== 'phase') return;
    this.#nextMs = PROGRESS_LIMITS.newsAfterMs;
    this.#timer ??= setInterval(() => this.#look(), PROGRESS_LIMITS.rateSampleMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tellDone({ id }: Node): void {
    const { nowMs, tell } = this.#settings;
    if (this.#progress?.phase !== 'upload') return;
    const { doneNodes, nodes, startedMs } = this.#progress;
    tell(
      `${String(doneNodes).padStart(4)}/${nodes} files received after ${durationText(nowMs() - startedMs)}: ${id}`,
    );
  }

  #look(): void {
    const { atWork, nodeBytes, nowMs, tell } = this.#settings;
    const progress = this.#progress;
    if (progress === undefined || progress.sentBytes === 0) return;
    if (nowMs() - progress.startedMs < this.#nextMs) return;
    this.#nextMs *= 2;
    const slowest = nodeBytes.slowest(atWork.missing(), PROGRESS_LIMITS.slowestMax);
    const nodes = slowest.map((node) => `${node.id} ${describeShare(nodeBytes.of(node))}`);
    const told = nodes.length > 0 && progress.nodes > 1 ? `; slowest: ${nodes.join(', ')}` : '';
    tell(`${describeProgress(progress, nowMs())}${told}`);
  }
}
