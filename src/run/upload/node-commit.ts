/** The commit of one node: a worker that switches, says so, and waits for one word. */
import { type LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import type { Reply } from '../../node/keeper/replies.ts';
import { COMMIT_TEXT } from '../../node/texts.ts';
import type { ChannelAhead } from '../../node/worker/channel-ahead.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { type Speaker, speakerError, startSpeaker } from './speaker.ts';

/** A node whose files wait in their stage. */
export interface Staged {
  readonly site: Site;
  readonly stage: string;
  /** Where its commit begins. */
  readonly ahead?: ChannelAhead | undefined;
}

/** `wait`: for the run's decision. `alone`: the node keeps what it has put in place, whatever becomes of the others. */
export type Way = 'wait' | 'alone';

export class NodeCommit {
  readonly site: Site;
  /** Resolves when all is new there, or when it has ended without that. */
  readonly switched: Promise<void>;
  readonly ended: Promise<void>;
  /** Why the node has not its new files, or may not have them. */
  failure: LockstepError | undefined;
  /** It was cut short before anything was decided, and has not said how it has left the node. */
  isCut = false;
  readonly #work: HeldRun;
  readonly #speaker: Promise<Speaker>;
  #decision: 'keep' | 'undo' | undefined;
  #isToldAll = false;
  #hasSwitched: () => void = () => {};

  constructor(work: HeldRun, { site, stage, ahead }: Staged, way: Way) {
    this.#work = work;
    this.site = site;
    this.switched = new Promise((resolve) => {
      this.#hasSwitched = resolve;
    });
    const settings = { job: 'commit', text: COMMIT_TEXT, words: [stage, way], ahead } as const;
    this.#speaker = startSpeaker(work, site, settings, (reply) => this.#hear(reply));
    this.ended = this.#end().then(this.#hasSwitched);
    // A wrapper that hands stdin on may wait for its end.
    if (way === 'alone') this.#tell('');
  }

  get node(): Node {
    return this.site.node;
  }

  /** The keeper is told what is to be kept as well: it makes that final where the worker has died of something meanwhile. */
  decide(word: 'keep' | 'undo'): void {
    this.#decision = word;
    this.#tell(`${word}\n`);
    if (word === 'keep') this.site.keeper.decideToKeep();
  }

  #tell(text: string): void {
    if (this.#isToldAll) return;
    this.#isToldAll = true;
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
      if (replies.some(({ kind }) => kind === 'committed')) return this.#isNew();
      // A node that says why, and ends so, has taken back what it had begun.
      const isBack = replies.some((reply) => reply.kind === 'exit' && reply.code === 1);
      if (isBack) files.set(this.node, 'old');
      if (isBack && this.#decision === 'undo') return;
      this.isCut = this.#decision !== 'keep' && !replies.some(({ kind }) => kind === 'exit');
      this.failure = speakerError('commit-failed', this.site, { result, replies });
    } catch (thrown) {
      // Its text was never sent.
      files.set(this.node, 'old');
      this.failure = toLockstepError(thrown);
    }
    outcomes.settle(this.node, { kind: 'refused', error: this.failure }, 'commit');
  }

  /** The check may have said already that it is well. */
  #isNew(): void {
    const { files, outcomes } = this.#work;
    files.set(this.node, 'new');
    if (outcomes.get(this.node)?.kind === 'ok') return;
    outcomes.settle(this.node, { kind: 'ok' }, this.#decision === undefined ? 'commit' : undefined);
  }
}
