/** The bytes of files that differ on nodes, for diffs: reads each such file once, from the first node that has it. */
import { createHash } from 'node:crypto';
import { LockstepError } from '../../core/errors.ts';
import type { Differing as Told } from '../../core/events.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import { askedList } from '../../transfer/difference/asked-list.ts';
import { ContentsReader } from '../../transfer/difference/lists.ts';
import type { WantedThere } from '../../transfer/difference/wanted.ts';
import type { FileEntry } from '../../transfer/entry.ts';
import { readWhole } from '../../transfer/source.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { askPaths } from '../survey/ask-paths.ts';
import type { Differing, Line } from './lines.ts';

interface Needed {
  readonly at: number;
  readonly sha256: string;
  readonly size: number;
}

interface Asked {
  readonly there: WantedThere;
  readonly needed: readonly Needed[];
}

export class OtherBytes {
  readonly #known = new Map<string, Buffer>();
  #left: number = LOOK_LIMITS.diffTotalBytesMax;
  #leftOfNew: number = LOOK_LIMITS.diffTotalBytesMax;

  /** Nodes of a group have the same bytes at each path. */
  async read(work: HeldRun, groups: readonly Differing[]): Promise<void> {
    const bySite = new Map(work.sites.map((site) => [site.node.id, site]));
    const planned = new Set<string>();
    for (const { value: difference, members: nodes } of groups) {
      const site = bySite.get(nodes[0]?.id ?? '');
      if (site === undefined) continue;
      const needed = [...difference.otherBytes].flatMap(([at, sha256]): Needed[] => {
        const size = difference.otherSize(at);
        const isShort = size !== undefined && size <= Math.min(this.#left, LOOK_LIMITS.diffBytesMax);
        if (!isShort || planned.has(`${at} ${sha256}`)) return [];
        planned.add(`${at} ${sha256}`);
        this.#left -= size;
        return [{ at, sha256, size }];
      });
      if (needed.length > 0) await this.#tryToRead(work, site, { there: difference.there, needed });
    }
  }

  /** Undefined for a line that is not about bytes. */
  async of({ wanted, kind, sha256, size }: Line): Promise<Told['bytes']> {
    if (kind === 'new' && wanted?.one.type === 'file') return this.#ofNew(wanted.one);
    if (kind !== 'content' || wanted?.one.type !== 'file' || size === undefined) return undefined;
    const there = this.#known.get(`${wanted.at} ${sha256}`);
    return there === undefined ? 'too-long' : { there, here: await readWhole(wanted.one) };
  }

  /** Nothing is there; shows the file here within the bounds of files that differ. */
  async #ofNew(one: FileEntry): Promise<Told['bytes']> {
    if (one.size > Math.min(this.#leftOfNew, LOOK_LIMITS.diffBytesMax)) return 'too-long';
    this.#leftOfNew -= one.size;
    return { there: Buffer.alloc(0), here: await readWhole(one) };
  }

  /** If it fails, the files appear without their lines, like those that are too long. */
  async #tryToRead(work: HeldRun, site: Site, all: Asked): Promise<void> {
    try {
      await this.#readFrom(work, site, all);
    } catch (thrown) {
      if (!(thrown instanceof LockstepError)) throw thrown;
      const message = `its files are shown without a diff: ${thrown.message}`;
      work.tell({ type: 'log', level: 'warn', node: site.node, message });
    }
  }

  /** A file that has changed meanwhile has another sum, and is not shown. */
  async #readFrom(work: HeldRun, site: Site, { there, needed }: Asked): Promise<void> {
    const reader = new ContentsReader(needed.map(({ size }) => size));
    const asked = askedList(needed.length, (index) => there.pathOf(needed[index]?.at ?? 0));
    await askPaths(work, site, { question: 'read', asked, readAs: () => reader });
    for (const [index, bytes] of reader.contents().entries()) {
      const { at, sha256 } = needed[index] ?? { at: 0, sha256: '' };
      const sum = createHash('sha256').update(bytes).digest('hex');
      if (sum === sha256) this.#known.set(`${at} ${sha256}`, bytes);
    }
  }
}
