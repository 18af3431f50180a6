/** What the model's node allows: the rules of the kernel for directories, flags, mounts and accounts. */
import { dirname } from 'node:path/posix';
import type { NodeState } from './generate-destination.ts';
import { type Expected, Refused } from './look.ts';
import type { Tree } from './tree.ts';

export interface DiskOptions {
  readonly before: Tree;
  readonly state: NodeState;
  readonly uid: number;
}

export class Rights {
  readonly entries = new Map<string, Expected>();
  /** Why the run may be refused, though it need not. */
  readonly doubts: string[] = [];
  protected readonly state: NodeState;
  protected readonly uid: number;
  protected readonly before: Tree;

  constructor({ before, state, uid }: DiskOptions) {
    this.before = before;
    this.state = state;
    this.uid = uid;
    for (const [path, facts] of before) this.entries.set(path, facts);
    for (const { at, left } of state.mounts) if (left !== undefined) this.doubts.push(`${at} is small`);
  }

  mayReplace(at: string): void {
    if (this.#flagOf(at) !== undefined) throw new Refused(`${at} may not be changed`);
    if (this.state.mounts.some((mount) => mount.at === at)) throw new Refused(`${at} is a mount point`);
    if (this.#flagOf(dirname(at)) === 'a') throw new Refused(`${dirname(at)} may only be added to`);
    const there = this.entries.get(at) as Expected;
    const above = this.entries.get(dirname(at)) as Expected;
    const isSticky = (above.mode & 0o1000) !== 0 && above.uid !== this.uid && there.uid !== this.uid;
    if (this.uid !== 0 && isSticky) throw new Refused(`${at} is another's, in a sticky directory`);
  }

  /** Of what goes with a directory that is removed, too. */
  protected mayRemove(at: string): void {
    if (this.#flagOf(at) !== undefined) throw new Refused(`${at} may not be removed`);
    if (this.state.mounts.some((mount) => mount.at === at)) throw new Refused(`${at} is a mount point`);
    const there = this.entries.get(at) as Expected;
    if (this.uid !== 0 && there.type === 'directory' && there.uid !== this.uid)
      throw new Refused(`${at} is another's`);
  }

  protected mayPlace(directory: string): void {
    if (!this.before.has(directory)) return;
    if (!this.may(directory, 0o3)) throw new Refused(`${directory} may not be written to`);
    if (this.#isReadOnly(directory)) throw new Refused(`${directory} is read-only`);
    const flag = this.#flagOf(directory);
    if (flag === 'i') throw new Refused(`${directory} is immutable`);
    if (flag === 'a') this.doubts.push(`${directory} may only be added to`);
  }

  protected mayChange(at: string, changed: Expected, there: Expected): void {
    const isSame =
      changed.mode === there.mode &&
      changed.uid === there.uid &&
      changed.gid === there.gid &&
      changed.mtimeNs === there.mtimeNs;
    const why = this.#isReadOnly(at)
      ? 'read-only'
      : this.#flagOf(at) !== undefined
        ? 'not to be changed'
        : undefined;
    if (why === undefined) return;
    if (!isSame) throw new Refused(`${at} is ${why}`);
    this.doubts.push(`${at} is ${why}`);
  }

  #flagOf(path: string): 'i' | 'a' | undefined {
    return this.state.flags.find(([flagged]) => flagged === path)?.[1];
  }

  #isReadOnly(path: string): boolean {
    return this.state.readOnly.some((at) => path === at || path.startsWith(`${at}/`));
  }

  /** Whether the account has all of these rights, of rwx, for a directory that was there before. */
  protected may(path: string, rights: number): boolean {
    const facts = this.before.get(path);
    if (this.uid === 0 || facts === undefined) return true;
    const shift = facts.uid === this.uid ? 6 : facts.gid === this.uid ? 3 : 0;
    return ((facts.mode >> shift) & rights) === rights;
  }
}
