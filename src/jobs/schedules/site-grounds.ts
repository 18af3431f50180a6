/** The grounds of a schedule's sites: this machine, or what `open` provides for those with a host. */
import type { LockstepError } from '../../core/errors.ts';
import type { JobsSettings } from '../settings.ts';
import type { Ground, Grounds, Site } from '../types.ts';
import type { Plan } from './plan.ts';

export interface GroundSettings extends Pick<JobsSettings, 'open'> {
  /** For a site without a host. */
  local(site: Site): Ground;
}

/** Each site of a schedule stands on one ground. */
export class SiteGrounds {
  readonly #settings: GroundSettings;
  readonly #configs: ReadonlyMap<string, Site>;
  readonly #known = new Map<string, Ground>();
  #remote: Grounds | undefined;

  constructor(settings: GroundSettings, configs: ReadonlyMap<string, Site>) {
    this.#settings = settings;
    this.#configs = configs;
  }

  /** Returns a signal that aborts when they are lost. */
  async open(
    signal: AbortSignal,
    { id, plan }: { readonly id: string; readonly plan: Plan },
  ): Promise<AbortSignal | undefined> {
    const remote = [...this.#configs.values()].filter(({ host }) => host !== undefined);
    if (remote.length === 0) return undefined;
    const { name, mode } = plan.wish;
    this.#remote = await this.#settings.open?.(remote, { signal, schedule: id, name, mode, jobs: plan.jobs });
    return this.#remote?.signal;
  }

  of(name: string): Ground {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const site = this.#configs.get(name) ?? { name };
    const ground =
      site.host === undefined || this.#remote === undefined
        ? this.#settings.local(site)
        : this.#remote.of(site);
    this.#known.set(name, ground);
    return ground;
  }

  async close(failure: LockstepError | undefined): Promise<void> {
    await this.#remote?.close(failure);
  }
}
