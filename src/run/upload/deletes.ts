/** What `--delete` removes on each node. Before anything is sent the user is told how much it is, and asked where it is much. */
import { LockstepError } from '../../core/errors.ts';
import { DELETE_LIMITS } from '../../core/limits/delete.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { countNodes, listNodes } from '../../text/list-nodes.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import { type Extras, nameOf } from '../../transfer/difference/extras.ts';
import { formatRoots } from '../../transfer/layout.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { Groups } from '../survey/groups.ts';

export class Deletes {
  readonly #groups = new Groups<Extras, Site>((extras) => extras.identity());
  readonly #bySite = new Map<Site, Extras>();
  readonly #numbers = new Map<Site, Pick<Extras, 'count' | 'heard'>>();

  /** Nodes on which the same is removed share one list in memory. */
  add(site: Site, extras: Extras): void {
    if (extras.list.length === 0) return;
    const { count, heard } = extras;
    this.#groups.add(site, extras);
    this.#numbers.set(site, { count, heard });
  }

  /**
   * Call it after the last `add`. Rejects where the answer is not yes, or nobody can be asked. `pathAt`: the path of a member on the
   * nodes.
   */
  async confirm(
    work: HeldRun,
    { isConfirmed, pathAt }: { isConfirmed: boolean; pathAt: (member: string) => string },
  ): Promise<void> {
    const { sites, tell, held, here } = work;
    const groups = this.#groups.inOrderOf(sites);
    for (const { value, members } of groups) for (const site of members) this.#bySite.set(site, value);
    if (groups.length === 0) return;
    const text = this.#text(sites, pathAt);
    const isMuch = [...this.#numbers.values()].some(
      ({ count, heard }) => count > DELETE_LIMITS.unaskedMax || count * 2 > heard,
    );
    if (!isMuch || isConfirmed) {
      tell({ type: 'log', level: 'info', message: `to be deleted: ${text}` });
      return;
    }
    if (here.ask === undefined)
      throw new LockstepError('upload-failed', `so much is deleted only after a question: ${text}`, {
        hint: 'there is no terminal to ask on: look with --dry-run --delete, then give --yes',
      });
    if (await unlessAborted(held.signal, here.ask.confirm(`delete ${text}? [y/N] `))) return;
    throw new LockstepError('upload-failed', 'nothing was changed: the answer was not yes', {
      hint: 'type y or yes, or give --yes',
    });
  }

  /** How many names are removed on the site, those in directories counted; undefined where none is. */
  countFor(site: Site): number | undefined {
    return this.#numbers.get(site)?.count;
  }

  /** The list of paths that the node gets, with those of one directory in a row; undefined where nothing is removed. */
  listFor(site: Site): Buffer | undefined {
    const extras = this.#bySite.get(site);
    if (extras === undefined) return undefined;
    const keyed = extras.list.map(({ member }) => ({
      member,
      above: member.slice(0, member.lastIndexOf('/') + 1),
    }));
    keyed.sort((one, other) => (one.above === other.above ? 0 : one.above < other.above ? -1 : 1));
    return Buffer.from(formatRoots(keyed.map(({ member }) => member)), 'latin1');
  }

  /** `12 of at most 40 names on 3 of 5 nodes: /srv/a ([web1], [web2]), …` */
  #text(sites: readonly Site[], pathAt: (member: string) => string): string {
    const groups = this.#groups.inOrderOf(sites);
    const numbers = [...this.#numbers.values()];
    const most = numbers.reduce((one, other) => (other.count > one.count ? other : one));
    const nodes = numbers.length;
    const first = new Map<string, Site[]>();
    for (const { value, members } of groups) {
      for (const extra of value.list.slice(0, DELETE_LIMITS.namedMax)) {
        const path = `${pathAt(nameOf(extra))}${extra.isDirectory ? '/' : ''}`;
        first.set(path, [...(first.get(path) ?? []), ...members]);
      }
    }
    const named = [...first]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, DELETE_LIMITS.namedMax)
      .map(
        ([path, on]) =>
          `${sanitiseWord(path)} (${listNodes(
            on.map(({ node }) => node),
            { namesMax: 2 },
          )})`,
      );
    const names = most.count === 1 ? '1 name' : `${most.count} names`;
    const each =
      nodes === 1 ? '' : numbers.every(({ count }) => count === most.count) ? ' each' : ' or fewer';
    const more = groups.some(({ value: { list } }) => list.length > named.length) ? ', …' : '';
    return `${names}${each} of ${most.heard} on ${nodes} of ${countNodes(sites.length)}: ${named.join(', ')}${more}`;
  }
}
