/** Channels for workers that are due next, opened while an answer is waited for: so they cost no round trip of their own. */
import { ChannelAhead } from '../../node/worker/channel-ahead.ts';
import type { HeldRun, Site } from '../held-run.ts';

export class ChannelsAhead {
  readonly #bySite: Map<Site, ChannelAhead>;

  /** None in a call of a session, which shares what channels a server allows with others. */
  constructor({ joinedPath }: Pick<HeldRun, 'joinedPath'>, sites: readonly Site[]) {
    this.#bySite = new Map(
      joinedPath === undefined ? sites.map((site) => [site, new ChannelAhead(site)]) : [],
    );
  }

  /** Of a site, once. */
  take(site: Site): ChannelAhead | undefined {
    const ahead = this.#bySite.get(site);
    this.#bySite.delete(site);
    return ahead;
  }

  /** Nobody takes the others any more. */
  close(): void {
    for (const ahead of this.#bySite.values()) ahead.close();
    this.#bySite.clear();
  }
}
