/** Channels for the workers of the next step, opened while the run waits for answers of this one: so they cost no round trip. */
import { ChannelAhead } from '../../node/worker/channel-ahead.ts';
import type { HeldRun, Site } from '../held-run.ts';

export class ChannelsAhead {
  readonly #bySite: Map<Site, ChannelAhead>;

  /** Opens none in a call of a session: it shares the channels that a server allows with other calls. */
  constructor({ joinedPath }: Pick<HeldRun, 'joinedPath'>, sites: readonly Site[]) {
    this.#bySite = new Map(
      joinedPath === undefined ? sites.map((site) => [site, new ChannelAhead(site)]) : [],
    );
  }

  /** The channel of a site, once; the caller closes it then. */
  take(site: Site): ChannelAhead | undefined {
    const ahead = this.#bySite.get(site);
    this.#bySite.delete(site);
    return ahead;
  }

  /** Closes the channels that nobody has taken. */
  close(): void {
    for (const ahead of this.#bySite.values()) ahead.close();
    this.#bySite.clear();
  }
}
