/** Jobs whose actions tell when they begin and end, and end when the test says so. */
import type { Action, ActionContext } from '../../../src/jobs/job-types.ts';

export class Stage {
  /** `+j1.A` where j1 begins on A, `-j1.A` where it ends. */
  readonly told: string[] = [];
  readonly #gates = new Map<string, { readonly opened: Promise<void>; open(error?: unknown): void }>();

  /** An action that ends when its gate is opened: by its job and site, `j1.A`. */
  readonly action: Action = async (context) => {
    const name = nameOf(context);
    this.told.push(`+${name}`);
    try {
      await this.#gate(name).opened;
    } finally {
      this.told.push(`-${name}`);
    }
  };

  /** Ends them, the first one first, each when the one before has had its effect. */
  async end(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#gate(name).open();
      await quiet();
    }
  }

  async fail(name: string, error: unknown = new Error(`${name} failed`)): Promise<void> {
    this.#gate(name).open(error);
    await quiet();
  }

  /** What has begun and not ended. */
  get atWork(): string {
    const begun = this.told.filter((word) => word.startsWith('+')).map((word) => word.slice(1));
    return begun.filter((name) => !this.told.includes(`-${name}`)).join(' ');
  }

  get order(): string {
    return this.told.join(' ');
  }

  #gate(name: string) {
    const known = this.#gates.get(name);
    if (known !== undefined) return known;
    let open: (error?: unknown) => void = () => {};
    const opened = new Promise<void>((resolve, reject) => {
      open = (error) => (error === undefined ? resolve() : reject(error));
    });
    opened.catch(() => {});
    const gate = { opened, open };
    this.#gates.set(name, gate);
    return gate;
  }
}

export function nameOf({ job, site }: Pick<ActionContext, 'job' | 'site'>): string {
  return `${job}.${site.name}`;
}

/** Everything has happened that can happen by itself. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => void setImmediate(resolve));
}
