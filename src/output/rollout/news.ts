/** A line when a node of a rollout begins, and when it ends: in the log if there is no bar, else with -v. */
import { durationText } from '../../core/duration.ts';
import type { ControlEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { countNodes } from '../../text/list-nodes.ts';
import { outcomeText } from '../../text/outcome-text.ts';
import type { WriteLog } from '../log-writer.ts';
import { BRIEF, tellTree } from '../report/tree.ts';
import type { OutputSettings } from '../settings.ts';
import { RolloutState } from './state.ts';

/** Programs that read JSON have the events. With a bar, only -v names nodes. */
export function openRolloutNews(
  { json, clock }: Pick<OutputSettings, 'json' | 'clock'>,
  { isBar, log }: { readonly isBar: boolean; readonly log: WriteLog },
): RolloutNews | undefined {
  if (json) return undefined;
  return new RolloutNews({
    nowMs: clock.monotonicMs,
    tell: (message, node) => void log(isBar ? 'debug' : 'info', () => tellTree(message, [], BRIEF, node)),
    sumUp: (message) => void log('info', () => tellTree(message, [], BRIEF)),
  });
}

export interface RolloutVoice {
  readonly nowMs: () => number;
  tell(message: string, node: Node): void;
  /** Once, when all is over. */
  sumUp(message: string): void;
}

class RolloutNews {
  readonly #voice: RolloutVoice;
  #state: RolloutState | undefined;
  #beganMs = 0;

  constructor(voice: RolloutVoice) {
    this.#voice = voice;
  }

  see(event: ControlEvent): void {
    const { nowMs, tell } = this.#voice;
    if (event.type === 'rollout') {
      this.#state = new RolloutState(event);
      this.#beganMs = nowMs();
    }
    const state = this.#state;
    if (state === undefined) return;
    if (event.type === 'finished' || (event.type === 'phase' && event.phase === 'release'))
      return this.#end(state);
    const hasRun = event.type === 'outcome' && state.isRunning(event.node);
    state.see(event, nowMs());
    const { all } = state;
    const failed = all.count('failed') === 0 ? '' : `, ${all.count('failed')} failed`;
    const counts = `${all.count('done')} of ${all.size} done${failed}`;
    if (event.type === 'node-begun' && event.phase === 'exec')
      tell(`begins (${all.count('runs')} at work, ${counts})`, event.node);
    if (hasRun) tell(`ends: ${outcomeText(event.outcome)} (${counts})`, event.node);
  }

  #end({ all }: RolloutState): void {
    this.#state = undefined;
    const { nowMs, sumUp } = this.#voice;
    const rest = all.count('waits', 'runs', 'retries');
    const counts = [
      `${all.count('done')} of ${countNodes(all.size)} done`,
      all.count('failed') === 0 ? '' : `${all.count('failed')} failed`,
      all.count('skipped') === 0 ? '' : `${all.count('skipped')} skipped`,
      rest === 0 ? '' : `${rest} not ended`,
    ].filter((count) => count !== '');
    sumUp(`the rollout is over: ${counts.join(', ')}, in ${durationText(nowMs() - this.#beganMs)}`);
  }
}
