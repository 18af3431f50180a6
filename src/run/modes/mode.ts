/** A mode as a record: what it takes, locks and changes, and what it does. Help, completion and the rules of the command line follow from it. */
import type { Node } from '../../core/node.ts';
import type { Way } from '../../core/way.ts';
import type { Become } from '../../node/become.ts';
import type { Connection } from '../../ssh/transport.ts';
import type { Collection } from '../../transfer/entry.ts';
import type { Run } from '../begin.ts';
import type { HeldRun } from '../held-run.ts';
import type { Mode as ModeName, WorkOf } from '../request/request.ts';
import type { RunIdentity } from '../start/identity.ts';
import type { Surroundings } from '../surroundings.ts';

interface Traits<M extends ModeName> {
  readonly name: M;
  /** As the command line has it. Those who meet the lock read it as well. */
  readonly option: string;
  /** Its form after options and targets, for the help and the man page. */
  readonly synopsis: string;
  /** What comes after the options. */
  readonly takes: 'command' | 'files' | 'paths' | 'program' | 'nothing';
  /** It puts files in place on the nodes, and makes their destination. */
  readonly changesFiles: boolean;
  /** Commands of the user run on the nodes, and print something; `check`: if `--check-cmd` asks for one. */
  readonly runsCommands: boolean | 'check';
  /** Throws for mistakes that show before any look-up. */
  ready?(asked: WorkOf<M>, here: Surroundings): void;
  /** Rejects for what nodes and files of this machine already refuse, before anything is connected. */
  prepare?(asked: WorkOf<M>, nodes: readonly Node[], collection: Collection | undefined): Promise<void>;
}

/** Works on the nodes while their lock is held. `work` rejects with the first cause; the run says how each node ended. */
export interface HeldMode<M extends ModeName = ModeName> extends Traits<M> {
  readonly locks: 'exclusive' | 'may-share';
  /** How many workers begin on each node before it is known what else there is to do. Their channels are opened beside the keeper's. */
  channelsAhead?(asked: WorkOf<M>, collection: Collection | undefined): Promise<number>;
  work(work: HeldRun, asked: WorkOf<M>): Promise<void>;
}

/** Looks at connected nodes, and takes no lock. */
export interface InquiryMode<M extends ModeName = ModeName> extends Traits<M> {
  readonly locks: 'nothing';
  inquire(connections: readonly Connection[], run: InquiryRun, asked: WorkOf<M>): Promise<void>;
}

/** Tells what is known on this machine, and connects to nothing. */
export interface LocalMode<M extends ModeName = ModeName> extends Traits<M> {
  readonly locks: 'nothing';
  tellHere(ways: readonly Way[], run: Run): void;
}

export type AnyMode<M extends ModeName = ModeName> = HeldMode<M> | InquiryMode<M> | LocalMode<M>;

/** What it is, without what it does. */
export type ModeTraits = Omit<Traits<ModeName>, 'ready' | 'prepare'> & Pick<AnyMode, 'locks'>;

export interface InquiryRun extends Run {
  readonly identity: RunIdentity;
  readonly become: Become | undefined;
}
