/** The model's node: names, and what each must look like. */
import { dirname } from 'node:path/posix';
import { type Expected, isSameTime, type Look, Refused } from './look.ts';
import { Looks } from './looks.ts';
import type { Arrival } from './model.ts';

const PATH_BYTES_MAX = 4_095;

export class Disk extends Looks {
  readonly #put = new Set<string>();
  readonly #left = new Set<string>();

  get(path: string): Expected | undefined {
    return this.entries.get(path);
  }

  below(directory: string, name: string): string {
    const path = `${directory === '/' ? '' : directory}/${name}`;
    if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw new Refused('a path is too long for the node');
    return path;
  }

  mountOf(path: string): string {
    const above = this.state.mounts.filter(({ at }) => path === at || path.startsWith(`${at}/`));
    return above.reduce((longest, { at }) => (at.length > longest.length ? at : longest), '/');
  }

  /** The directory that a path without links in its written form leads to, made with its parents where it is not there. */
  madeDirectory(path: string): string {
    let at = '/';
    for (const name of path.split('/').filter(Boolean)) {
      this.enter(at);
      at = this.parentDirectory(this.below(at, name));
    }
    return at;
  }

  /** A directory that nobody sent: followed where it is a link, made where it is not there, else left as it is. */
  parentDirectory(at: string): string {
    const there = this.entries.get(at);
    if (there === undefined) {
      this.add(at, this.made(at));
      return at;
    }
    return this.follow(at);
  }

  follow(at: string): string {
    const path = this.#endOf(at);
    if (path === undefined) throw new Refused(`${at} goes round in a circle`);
    if (this.entries.get(path)?.type !== 'directory') throw new Refused(`${at} leads to no directory`);
    return path;
  }

  isCircle(at: string): boolean {
    return this.#endOf(at) === undefined;
  }

  /** Where links lead in the end; undefined: nowhere. */
  #endOf(at: string): string | undefined {
    let path = at;
    for (let links = 0; links < 40; links++) {
      const facts = this.entries.get(path);
      if (facts?.type !== 'symlink') return path;
      const parts = [];
      const base = facts.body.startsWith('/') ? '' : dirname(path);
      for (const part of `${base}/${facts.body}`.split('/')) {
        if (part === '..') parts.pop();
        else if (part !== '' && part !== '.') parts.push(part);
      }
      path = `/${parts.join('/')}`;
    }
    return undefined;
  }

  enter(at: string): void {
    if (!this.may(at, 0o1)) throw new Refused(`${at} may not be entered`);
  }

  /** A tool that looks into a directory is refused where it may not, though nothing is to be put there. */
  mayBeEntered(at: string): void {
    if (!this.may(at, 0o1)) this.doubts.push(`${at} may not be entered`);
  }

  /** Whether all in it can be looked at. */
  isOpen(at: string): boolean {
    return this.may(at, 0o5);
  }

  /** Who locks a directory has to open it, and who compares a file to read it. */
  isReadable(at: string): boolean {
    return this.may(at, 0o4);
  }

  /** What has all that is sent stays as it is. Whether it is looked at, or all is sent, is open. */
  leave(at: string, arrived: Expected): void {
    this.#putOnce(at);
    this.#left.add(at);
    this.entries.set(at, { ...(this.entries.get(at) as Expected), or: arrived });
    this.#mayTouch(dirname(at));
  }

  /** What has other attributes gets them where it lies, or is replaced. */
  mend(at: string, arrived: Expected): void {
    const there = this.entries.get(at) as Expected;
    const above = this.entries.get(dirname(at)) as Expected;
    try {
      this.mayReplace(at);
      this.add(at, arrived);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      this.doubts.push(thrown.message);
    }
    this.entries.set(at, { ...arrived, or: { ...arrived, gid: there.gid } });
    if (!this.#put.has(dirname(at)) && above.mtimeNs !== 'fresh') this.entries.set(dirname(at), above);
    this.#mayTouch(dirname(at));
  }

  /** It is put all the same. */
  replaceLeft(at: string): void {
    const { or } = this.entries.get(at) as Expected;
    if (or === undefined || !this.#left.has(at)) return;
    this.#put.delete(at);
    this.mayReplace(at);
    this.add(at, or);
  }

  #mayTouch(directory: string): void {
    const above = this.entries.get(directory);
    if (above === undefined || this.#put.has(directory) || above.mtimeNs === 'fresh') return;
    this.entries.set(directory, { ...above, or: { ...above, or: undefined, mtimeNs: 'fresh' } });
  }

  #putOnce(at: string): void {
    if (this.#put.has(at)) throw new Refused(`two names lead to ${at}`);
    this.#put.add(at);
  }

  /** A new name, or a replaced one. */
  add(at: string, expected: Expected): void {
    this.#putOnce(at);
    this.mayPlace(dirname(at));
    this.entries.set(at, expected);
    const above = this.entries.get(dirname(at));
    // A directory that came with the upload has the time that was sent.
    if (above !== undefined && !this.#put.has(dirname(at))) {
      this.entries.set(dirname(at), { ...above, mtimeNs: 'fresh', or: undefined });
    }
  }

  /** What is removed, with all that is in it, by a rename; and can be taken away then. */
  remove(at: string): void {
    this.mayPlace(dirname(at));
    const gone = [...this.entries.keys()].filter((path) => path === at || path.startsWith(`${at}/`));
    for (const path of gone) this.mayRemove(path);
    this.mayReplace(at);
    for (const path of gone) this.entries.delete(path);
    const above = this.entries.get(dirname(at));
    if (above !== undefined && !this.#put.has(dirname(at)))
      this.entries.set(dirname(at), { ...above, mtimeNs: 'fresh', or: undefined });
  }

  /** Another name of a file that was there before. */
  share(at: string, old: Expected, isCertain: boolean): void {
    const arrived = this.entries.get(at) as Expected;
    this.entries.set(at, isCertain ? old : { ...old, or: arrived });
    // Of a time without fractions, which counts as equal, the file gets those that were sent, under all its names.
    if (old.mtimeNs === arrived.mtimeNs) return;
    for (const [path, entry] of this.entries)
      if (entry.inode === old.inode && entry.or === undefined)
        this.entries.set(path, { ...entry, or: { ...entry, mtimeNs: arrived.mtimeNs } });
  }

  /** Old releases. */
  forget(...places: readonly string[]): void {
    for (const path of [...this.entries.keys()])
      if (places.some((at) => path === at || path.startsWith(`${at}/`))) this.entries.delete(path);
  }

  /** It is new, private, and nobody looks at its time, or that of what it lies in. */
  makeRunDirectory(path: string): void {
    const base = dirname(path);
    for (const at of [base, dirname(base)]) {
      const there = this.entries.get(at) ?? { ...this.made(at), mode: 0o700 };
      if (at !== '/run') this.entries.set(at, { ...there, mtimeNs: 'any' });
    }
    this.entries.set(path, { ...this.made(path), mode: 0o700, mtimeNs: 'any' });
    this.#put.add(path);
  }

  changeDirectory(at: string, facts: Look, arrival: Arrival): void {
    if (this.#put.has(at)) throw new Refused(`two names lead to ${at}`);
    const there = this.entries.get(at) as Expected;
    if (this.uid !== 0 && there.uid !== this.uid) return;
    this.#put.add(at);
    const keepsOwner = !(arrival.uid === 0 && (arrival.preserveUid || arrival.preserveGid));
    const sent = this.asArrived(at, facts, arrival);
    const owner = keepsOwner ? { uid: there.uid, gid: there.gid } : { uid: sent.uid, gid: sent.gid };
    // Where owners are not kept a directory has the bit by where it is.
    const mode = keepsOwner ? (facts.mode & 0o5777) | (there.mode & 0o2000) : facts.mode;
    // The kernel takes it where an owner that is not of the group sets a mode.
    const isTaken = this.uid !== 0 && there.gid !== this.uid;
    const changed = {
      ...{ ...there, ...owner, mode, mtimeNs: facts.mtimeNs },
      ...(isTaken ? { modeMayHave: 0o2000 } : {}),
    };
    this.mayChange(at, changed, there);
    const stays = arrival.keepsEqual && isSameTime(there.mtimeNs, changed.mtimeNs);
    this.entries.set(at, stays ? { ...changed, or: { ...changed, mtimeNs: there.mtimeNs } } : changed);
  }
}
