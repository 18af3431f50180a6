/** How one node differs from the files here: asks first what lies there, then for the sums where only the bytes decide. */
import { createHash } from 'node:crypto';
import { LockstepError } from '../../core/errors.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import { askedList } from '../../transfer/difference/asked-list.ts';
import type { Comparison } from '../../transfer/difference/compare.ts';
import { Difference } from '../../transfer/difference/difference.ts';
import type { Expectations } from '../../transfer/difference/expected.ts';
import { quoted } from '../../transfer/difference/ordered-answers.ts';
import { type Seen, SeenReader } from '../../transfer/difference/seen.ts';
import { SumReader } from '../../transfer/difference/sums.ts';
import type { WantedThere } from '../../transfer/difference/wanted.ts';
import type { Collection, FileEntry } from '../../transfer/entry.ts';
import { readBlocks } from '../../transfer/source.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { askPaths, type Programs } from './ask-paths.ts';
import { type ExtrasWish, findExtras } from './find-extras.ts';

export interface Surveying {
  readonly collection: Collection;
  readonly there: WantedThere;
  readonly how: Omit<Comparison, 'uid'>;
  readonly expectations: Expectations;
  /** Show files with other bytes: their sums say which ones a node has. */
  readonly showsDiff: boolean;
  /** Ask what else the node has below the named directories. */
  readonly finds: ExtrasWish | undefined;
  /** If it has nothing that was named, ask nothing more: everything is new there. */
  readonly mayBeNew: boolean;
  /** A file that cannot be read there has other bytes: an upload sends it. */
  readonly sendsUnread: boolean;
  readonly sums: LocalSums;
  /** Gets the programs with which nodes carry plans out. */
  readonly programs: Map<Site, Programs> | undefined;
}

/** Rejects with a LockstepError of the node if the survey fails. */
export async function surveyNode(work: HeldRun, site: Site, settings: Surveying): Promise<Difference> {
  const { there, how, expectations } = settings;
  const { asked } = expectations;
  let difference = new Difference(there, { ...how, uid: 0 });
  const readAs = (uid: number, isExact: boolean) => {
    difference = new Difference(there, { ...how, uid });
    const onSeen = (at: number, seen: Seen) => difference.see(at, seen);
    if (!isExact) return new SeenReader(asked, onSeen);
    const expected = expectations.as(uid);
    return new SeenReader(asked, onSeen, (at) => {
      const code = expected.codeAt(at);
      if (code === undefined) throw new Error(`nothing was expected at ${quoted(asked.pathAt(at))}`);
      difference.seeExpected(at, code);
    });
  };
  const listAs = (uid: number) => expectations.as(uid).list;
  const first = settings.mayBeNew ? there.first : undefined;
  const { programs } = settings;
  const onRuns = programs && ((runs: Programs) => programs.set(site, runs));
  const asking = { question: 'stat', asked, readAs, onRuns, listAs, ...(first && { first }) } as const;
  const isThere = await askPaths(work, site, asking);
  if (!isThere) return difference;
  difference.end();
  await readSums(work, site, { difference, ...settings });
  difference.replaceLinks();
  const { collection, finds: wish } = settings;
  if (wish !== undefined) difference.extras = await findExtras(work, site, { difference, collection, wish });
  return difference;
}

type Compared = Surveying & { readonly difference: Difference };

async function readSums(work: HeldRun, site: Site, compared: Compared): Promise<void> {
  try {
    await askForSums(work, site, compared);
  } catch (thrown) {
    if (!compared.sendsUnread || !(thrown instanceof LockstepError) || thrown.code !== 'upload-failed')
      throw thrown;
    const message = `${UNREAD}: ${thrown.message}`;
    work.tell({ type: 'log', level: 'debug', node: site.node, message });
    for (const at of [...compared.difference.unread()]) compared.difference.read(at, '', false);
  }
}

/** The fuzzer looks for these words. */
export const UNREAD = 'its files cannot be read, so they are sent';

async function askForSums(
  work: HeldRun,
  site: Site,
  { difference, there, showsDiff, sums }: Compared,
): Promise<void> {
  const unread = [...difference.unread()];
  const shown = showsDiff ? difference.comparable(LOOK_LIMITS.diffBytesMax) : [];
  const unsure = [...unread, ...shown];
  if (unsure.length === 0) return;
  const asked = askedList(unsure.length, (at) => there.pathOf(unsure[at] ?? 0));
  const found: string[] = [];
  const readAs = () => new SumReader(asked, (_at, sum) => found.push(sum));
  await askPaths(work, site, { question: 'sum', asked, readAs });
  for (const [index, at] of unsure.entries()) {
    const sum = found[index] ?? '';
    const isSame = index < unread.length && sum === (await sums.of(there.wanted[at] as FileEntry));
    difference.read(at, sum, isSame);
  }
}

/** Sums of files here, each computed once for all nodes. */
export class LocalSums {
  readonly #known = new Map<FileEntry, Promise<string>>();

  of(entry: FileEntry): Promise<string> {
    const known = this.#known.get(entry) ?? sumOf(entry);
    this.#known.set(entry, known);
    return known;
  }
}

async function sumOf(entry: FileEntry): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of readBlocks(entry)) hash.update(block);
  return hash.digest('hex');
}
