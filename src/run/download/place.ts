/**
 * Where the files of each node go: `INTO/NODE`, which is always whole. They are unpacked beside it, and take its place
 * by rename; then the old files go.
 */
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { makeDirectories } from '../../core/make-directories.ts';
import { type Node, nodeFileName } from '../../core/node.ts';
import { codeOf, systemErrorText } from '../../core/system-error.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { markOwn, removeDead, removeStaging } from './left-behind.ts';

export class Places {
  readonly #into: string;
  readonly #staging: string;
  /** Old files could not be given back to their place, and are in the staging directory. */
  #holdsOld = false;

  private constructor(into: string, staging: string) {
    this.#into = into;
    this.#staging = staging;
  }

  /** `run`: its id. Rejects with LockstepError `local-refusal` if the directory cannot be used. */
  static async open(into: string, run: string): Promise<Places> {
    const staging = join(into, `.lockstep-${run}`);
    try {
      await makeDirectories(into, 0o777);
      await mkdir(staging, { mode: 0o700 });
      await markOwn(staging);
      await mkdir(join(staging, 'new'));
      await mkdir(join(staging, 'old'));
    } catch (error) {
      const reason = systemErrorText(error);
      throw new LockstepError('local-refusal', `can't write to ${quoteInput(into)}: ${reason}`);
    }
    return new Places(into, staging);
  }

  /** Removes directories of other downloads that were surely killed. Never rejects. */
  async removeDead(): Promise<void> {
    for (const path of await this.#others()) await removeDead(path);
  }

  /** What is to be said of directories of other downloads; undefined if there are none: it is not sure that these were killed, or that nobody needs what is in them. */
  async warningOfOthers(): Promise<string | undefined> {
    const [first, ...more] = await this.#others();
    if (first === undefined) return undefined;
    const which = `${quoteInput(first)}${more.length === 0 ? '' : ` and ${more.length} more`}`;
    return `beside these files is what another download has made: ${which}; if it was killed, remove that, but for what is in its "old"`;
  }

  async #others(): Promise<string[]> {
    const names = await readdir(this.#into).catch(() => []);
    const paths = names.map((name) => join(this.#into, name)).filter((path) => STAGING.test(path));
    return paths.filter((path) => path !== this.#staging).sort();
  }

  /** The path that messages show. */
  pathOf(node: Node): string {
    return join(this.#into, nodeFileName(node));
  }

  /** An empty directory for a node's files. */
  async stage(node: Node): Promise<string> {
    const path = join(this.#staging, 'new', nodeFileName(node));
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  /** Puts the staged files in their place. */
  async commit(node: Node): Promise<void> {
    const name = nodeFileName(node);
    const [place, staged, old] = [
      this.pathOf(node),
      join(this.#staging, 'new', name),
      join(this.#staging, 'old', name),
    ];
    const before = await lstat(place).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    if (before === undefined) return await rename(staged, place);
    if (!before.isDirectory()) throw new Error(`${quoteInput(place)} is there, and is no directory`);
    await rename(place, old);
    try {
      await rename(staged, place);
    } catch (error) {
      await this.#giveBack(old, place, error);
      throw error;
    }
  }

  /** Rejects where that fails as well, with the place where the old files are now; `why`: what happened first. */
  async #giveBack(old: string, place: string, why: unknown): Promise<void> {
    try {
      await rename(old, place);
    } catch {
      this.#holdsOld = true;
      const lost = `and cannot be given back; its old files are in ${quoteInput(old)}`;
      throw new Error(`${quoteInput(place)} cannot be replaced (${systemErrorText(why)}), ${lost}`);
    }
  }

  /** Removes all but what is in place, and old files that are not. Resolves with the path of what it cannot remove, which harms nobody. */
  async close(): Promise<string | undefined> {
    try {
      await removeStaging(this.#staging, this.#holdsOld ? 'old' : undefined);
      return undefined;
    } catch (error) {
      return `${quoteInput(this.#staging)} was not removed: ${systemErrorText(error)}`;
    }
  }
}

const STAGING = /(^|\/)\.lockstep-\d{8}T\d{6}-[^/]+$/;
