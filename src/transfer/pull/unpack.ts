/**
 * Writes the files that a node sends below a directory that nobody else uses. It never writes through a link or over a file: each
 * name is made once. An archive that no honest node sends is refused whole. What an honest tree may hold but this machine should not
 * have is left out: devices, pipes, links that lead out, names that a terminal would obey. Times are given to Node.js as text, since
 * it takes a number below 0 for now.
 */
import { constants } from 'node:fs';
import { chmod, link, lutimes, mkdir, open, symlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import { PULL_LIMITS } from '../../core/limits/pull.ts';
import { codeOf } from '../../core/system-error.ts';
import type { ByteSource } from './byte-source.ts';
import { memberName, staysInside, wasAskedFor } from './member-names.ts';
import { type Member, readArchive } from './read-archive.ts';

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
  /** Names that were left out, with the reason; only the first few of `leftOutCount`. */
  readonly leftOut: readonly string[];
  readonly leftOutCount: number;
}

/** `paths`: the names of the members that were asked for. Rejects with an Error that says what is wrong. */
export async function unpack(source: ByteSource, top: string, paths: readonly string[]): Promise<Unpacked> {
  const tree = new Tree(top, paths);
  for await (const member of readArchive(source)) await tree.add(member, source);
  return tree.finish();
}

class Tree {
  readonly #top: string;
  readonly #paths: readonly string[];
  /** What became of each name so far. */
  readonly #known = new Map<string, Member['type'] | 'left-out'>([['.', 'directory']]);
  /** The targets of the symbolic links that were made. */
  readonly #targets = new Map<string, Buffer>();
  readonly #directories: { readonly path: string; readonly mode: number; readonly mtime: number }[] = [];
  readonly #leftOut: string[] = [];
  #leftOutCount = 0;
  #nameBytes = 0;
  #files = 0;
  #bytes = 0;

  constructor(top: string, paths: readonly string[]) {
    this.#top = top;
    this.#paths = paths;
  }

  async add(sent: Member, source: ByteSource): Promise<void> {
    if (this.#known.size > PULL_LIMITS.membersMax)
      throw new Error(`it sends more than ${PULL_LIMITS.membersMax} files`);
    this.#nameBytes += sent.name.length + sent.target.length;
    if (this.#nameBytes > PULL_LIMITS.nameBytesMax) {
      const name = JSON.stringify(sent.name.toString('utf8').slice(0, NAME_CHARS_TOLD));
      throw new Error(`its names are longer than ${PULL_LIMITS.nameBytesMax} bytes in all, up to ${name}`);
    }
    const member = this.#linkAgain(sent);
    const name = memberName(member.name);
    if (name === undefined) return this.#leaveOutOdd(member.name);
    if (!wasAskedFor(name, this.#paths)) throw new Error('it sends what was not asked for');
    if (name === '.' && member.type === 'directory') return;
    // An honest tar sends each name once; a second member might replace the first, or go through it.
    if (this.#known.has(name)) throw new Error(`${JSON.stringify(name)} is in its archive twice`);
    if (!(await this.#openParent(name))) return this.#leaveOut(name, undefined);
    const why = this.#whyNot(member, name);
    if (why !== undefined) return this.#leaveOut(name, why);
    this.#known.set(name, member.type);
    await this.#make(member, { name, source }).catch((error: unknown) => {
      if (codeOf(error) === 'EEXIST')
        throw new Error(`${JSON.stringify(name)} and another name are one here`);
      throw error;
    });
  }

  async finish(): Promise<Unpacked> {
    for (const path of this.#paths) {
      const found = this.#known.get(path);
      if (found === undefined) throw new Error(`${JSON.stringify(path)} is not in what it sent`);
      if (found === 'left-out') throw new Error(this.#leftOut.join(', '));
      if (found === 'symlink')
        throw new Error(`${JSON.stringify(path)} is a symbolic link: name what it leads to`);
    }
    // Only now, and the innermost first: writing into a directory changes its time, and its mode may forbid writing.
    for (const { path, mode, mtime } of this.#directories.reverse()) {
      await chmod(path, (mode & 0o777) | 0o700);
      await utimes(path, `${mtime}`, `${mtime}`);
    }
    const { leftOut, leftOutCount } = { leftOut: this.#leftOut, leftOutCount: this.#leftOutCount };
    return { files: this.#files, bytes: this.#bytes, leftOut, leftOutCount };
  }

  /** A hard link to a symbolic link is made as a symbolic link of its own: at another depth the same target may lead out. */
  #linkAgain(member: Member): Member {
    const first = member.type === 'link' ? memberName(member.target) : undefined;
    const target = first === undefined ? undefined : this.#targets.get(first);
    return target === undefined ? member : { ...member, type: 'symlink', target };
  }

  /** Why a member is not made here, though an honest node may have it; undefined where it is made. */
  #whyNot({ type, target }: Member, name: string): string | undefined {
    if (type === 'special') return 'a device or pipe';
    if (type === 'symlink' && !staysInside(name, target)) return 'a link that leads out';
    if (type !== 'link') return undefined;
    const first = memberName(target);
    const made = first === undefined ? 'left-out' : this.#known.get(first);
    if (made === 'left-out') return 'a link to what is left out';
    if (made !== 'file' && made !== 'link')
      throw new Error('a hard link in its archive leads to no file of it');
    return undefined;
  }

  async #make(member: Member, { name, source }: { name: string; source: ByteSource }): Promise<void> {
    const path = `${this.#top}/${name}`;
    const { type, mode, mtime, target } = member;
    if (type === 'directory') {
      await mkdir(path, 0o700);
      this.#directories.push({ path, mode, mtime });
      return;
    }
    this.#files += 1;
    if (type === 'symlink') {
      await symlink(target.toString('utf8'), path);
      this.#targets.set(name, target);
      await lutimes(path, `${mtime}`, `${mtime}`);
    } else if (type === 'link') {
      await link(`${this.#top}/${memberName(target)}`, path);
    } else {
      await writeFile(path, member, source);
      this.#bytes += member.size;
    }
  }

  /**
   * Whether the directory above the name is there now; false where it is left out, or is below what is. The node sends no
   * directories above the paths that it was asked for, so these are made here.
   */
  async #openParent(name: string): Promise<boolean> {
    const parent = dirname(name);
    const known = this.#known.get(parent);
    if (known === 'left-out') return false;
    if (known !== undefined && known !== 'directory')
      throw new Error('a name in its archive goes through a link or file');
    if (known === 'directory') return true;
    if (!(await this.#openParent(parent))) {
      this.#known.set(parent, 'left-out');
      return false;
    }
    await mkdir(`${this.#top}/${parent}`);
    this.#known.set(parent, 'directory');
    return true;
  }

  /** By its bytes no other name is this one: none begins with NUL. Names below it are odd, too. */
  #leaveOutOdd(bytes: Buffer): void {
    this.#leaveOut(`\0${bytes.toString('latin1')}`, 'an odd name', bytes.toString('utf8'));
  }

  #leaveOut(name: string, why: string | undefined, shown = name): void {
    this.#known.set(name, 'left-out');
    this.#leftOutCount += 1;
    if (why !== undefined && this.#leftOut.length < PULL_LIMITS.leftOutNamedMax)
      this.#leftOut.push(`${JSON.stringify(shown)} is ${why}`);
  }
}

/** How much of a long name an error shows. */
const NAME_CHARS_TOLD = 100;

async function writeFile(path: string, { size, mode, mtime }: Member, source: ByteSource): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for (let left = size; left > 0; ) {
      const piece = await source.some(Math.min(left, PULL_LIMITS.writeBytesMax));
      if (piece === undefined) throw new Error('what it sent was cut');
      for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
      left -= piece.length;
    }
    await file.chmod(mode & 0o777);
    await file.utimes(`${mtime}`, `${mtime}`);
  } finally {
    await file.close();
  }
}
