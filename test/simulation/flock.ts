/** flock(2) of one node: a lock belongs to an open file description, and goes when the last process closes that. */
export type LockMode = 'shared' | 'exclusive';

export class OpenFile {
  readonly path: string;
  mode: LockMode | undefined;
  readonly pids = new Set<number>();

  constructor(path: string, pid: number) {
    this.path = path;
    this.pids.add(pid);
  }
}

export class FlockTable {
  readonly #files = new Set<OpenFile>();
  readonly #waiting: { readonly file: OpenFile; readonly mode: LockMode; readonly granted: () => void }[] =
    [];

  open(path: string, pid: number): OpenFile {
    const file = new OpenFile(path, pid);
    this.#files.add(file);
    return file;
  }

  /** `flock -n`. */
  tryLock(file: OpenFile, mode: LockMode): boolean {
    if (this.#conflicts(file, mode)) return false;
    file.mode = mode;
    return true;
  }

  /** `flock` without -n. */
  waitForLock(file: OpenFile, mode: LockMode, granted: () => void): void {
    if (this.tryLock(file, mode)) granted();
    else this.#waiting.push({ file, mode, granted });
  }

  /** What a process had open is closed with its end. */
  closeAll(pid: number): void {
    for (const file of this.#files) {
      if (file.pids.delete(pid) && file.pids.size === 0) this.#files.delete(file);
    }
    this.#grantWaiting();
  }

  /** A machine that went down has no locks. */
  clear(): void {
    this.#files.clear();
    this.#waiting.length = 0;
  }

  isLocked(path: string): boolean {
    return [...this.#files].some((file) => file.path === path && file.mode !== undefined);
  }

  #conflicts(file: OpenFile, mode: LockMode): boolean {
    for (const other of this.#files) {
      if (other === file || other.path !== file.path || other.mode === undefined) continue;
      if (mode === 'exclusive' || other.mode === 'exclusive') return true;
    }
    return false;
  }

  #grantWaiting(): void {
    for (const waiter of [...this.#waiting]) {
      const isGone = !this.#files.has(waiter.file);
      if (!isGone && !this.tryLock(waiter.file, waiter.mode)) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      if (!isGone) waiter.granted();
    }
  }
}
