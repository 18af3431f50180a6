/** The commit of one node: its worker puts the files in place, says so, and waits for the run's decision, one word. */
import { type LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import type { Reply } from '../../node/keeper/replies.ts';
import { COMMIT_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { type Speaker, speakerError, startSpeaker } from './speaker.ts';

/** A node whose files wait in their stage. */
export interface Staged {
  readonly site: Site;
  readonly stage: string;
}

/** `wait`: the node waits for the run's decision. `alone`: it keeps what it has put in place, whatever becomes of the others. */
export type Way = 'wait' | 'alone';

export class NodeCommit {
  readonly site: Site;
  /** Resolves when all new files are in place, or the worker has ended without that. */
  readonly switched: Promise<void>;
  /** Resolves when the worker has ended. */
  readonly ended: Promise<void>;
  /** Why the node does not have its new files, or may not have them. */
  failure: LockstepError | undefined;
  /** The worker has ended before the run said "keep", and has not said which files the node has. */
  isCut = false;
  readonly #work: HeldRun;
  readonly #speaker: Promise<Speaker>;
  #decision: 'keep' | 'undo' | undefined;
  #hasLastWord = false;
  #hasSwitched: () => void = () => {};

  constructor(work: HeldRun, { site, stage }: Staged, way: Way) {
    this.#work = work;
    this.site = site;
    this.switched = new Promise((resolve) => {
      this.#hasSwitched = resolve;
    });
    const settings = {
      job: 'commit',
      text: COMMIT_TEXT,
      words: [stage, way],
      ahead: work.ahead.take(site.node),
    } as const;
    this.#speaker = startSpeaker(work, site, settings, (reply) => this.#hear(reply));
    this.ended = this.#end().then(this.#hasSwitched);
    // Nothing is to be said, but a wrapper such as sudo may wait until stdin ends.
    if (way === 'alone') this.#tell('');
  }

  get node(): Node {
    return this.site.node;
  }

  /** Sends the decision. The keeper hears "keep" too: it makes the commit final where the worker has died meanwhile. */
  decide(word: 'keep' | 'undo'): void {
    this.#decision = word;
    this.#tell(`${word}\n`);
    if (word === 'keep') this.site.keeper.decideToKeep();
  }

  /** Sends the last word, and ends the worker's stdin. Only the first call does anything. */
  #tell(text: string): void {
    if (this.#hasLastWord) return;
    this.#hasLastWord = true;
    const tell = ({ channel }: Speaker) => {
      if (text !== '') void channel.write(text);
      channel.end();
    };
    this.#speaker.then(tell, () => {});
  }

  #hear({ kind }: Reply): void {
    if (kind === 'switched') {
      this.#work.tell({ type: 'node-done', phase: 'commit', node: this.node });
      this.#hasSwitched();
    }
    if (kind === 'committed' || kind === 'exit') this.#tell('');
  }

  /** Never rejects. */
  async #end(): Promise<void> {
    const { files, outcomes } = this.#work;
    try {
      const { channel, replies } = await this.#speaker;
      const result = await channel.result;
      if (replies.some(({ kind }) => kind === 'committed')) return this.#settleNew();
      // EXIT 1 says that the node has taken back all that it had begun.
      const isBack = replies.some((reply) => reply.kind === 'exit' && reply.code === 1);
      if (isBack) files.set(this.node, 'old');
      if (isBack && this.#decision === 'undo') return;
      this.isCut = this.#decision !== 'keep' && !replies.some(({ kind }) => kind === 'exit');
      this.failure = speakerError('commit-failed', this.site, { result, replies });
    } catch (thrown) {
      // The worker was never started, so nothing has changed.
      files.set(this.node, 'old');
      this.failure = toLockstepError(thrown);
    }
    outcomes.settle(this.node, { kind: 'refused', error: this.failure }, 'commit');
  }

  #settleNew(): void {
    const { files, outcomes } = this.#work;
    files.set(this.node, 'new');
    // The check may have settled the node already.
    if (outcomes.get(this.node)?.kind === 'ok') return;
    outcomes.settle(this.node, { kind: 'ok' }, this.#decision === undefined ? 'commit' : undefined);
  }
}
