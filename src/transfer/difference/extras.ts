/**
 * What a node has below the named directories that is not sent: for `--delete`, and for what an audit shows. It is made from the
 * node's list, in which each directory comes before what is in it. Pure.
 */

export interface Extra {
  /** The path below the destination; its bytes as Latin-1. */
  readonly member: string;
  readonly isDirectory: boolean;
}

export interface ExtrasSettings {
  /** Whether the upload sends a member of this path. */
  readonly isWanted: (member: string) => boolean;
  /** Whether a path stays, with all that is below it, although it is not sent; undefined: nothing does. */
  readonly isProtected?: ((member: string, isDirectory: boolean) => boolean) | undefined;
  /** How many are listed at most. A directory counts as one where all in it is extra. */
  readonly max: number;
}

/** The bytes of a path, in the bound on all listed paths. */
const NAME_BYTES = 250;

/** A stage of a run. It stays, since it may hold the only copy of old files. */
const STAGE = /(?:^|\/)\.lockstep-\d+T\d+-[^/]*$/;

/** The path as text; bytes that are not UTF-8 are replaced. */
export function nameOf({ member }: Extra): string {
  return Buffer.from(member, 'latin1').toString();
}

export class Extras {
  readonly #settings: ExtrasSettings;
  /** The extra paths, in the order of the node's list. Of a directory in which nothing stays only itself is listed. */
  readonly list: Extra[] = [];
  /** There are more than `list` has. */
  hasMore = false;
  /** How many names are extra, those in directories counted. */
  count = 0;
  /** How many names the node has told. */
  heard = 0;
  /** An extra directory and what is in it, as far as the node has told: until all of it is known, something in it may stay. */
  #top: Extra[] = [];
  /** Directories of `#top` in which something stays. */
  #kept = new Set<string>();
  #bytes = 0;
  /** The beginning of all paths in the last directory that stays. */
  #protected: string | undefined;

  constructor(settings: ExtrasSettings) {
    this.#settings = settings;
  }

  /** Takes the next name of the node's list. */
  hear(member: string, isDirectory: boolean): void {
    this.heard++;
    if (this.#protected !== undefined && member.startsWith(this.#protected)) return;
    const [top] = this.#top;
    if (top !== undefined && !member.startsWith(`${top.member}/`)) this.end();
    const text = Buffer.from(member, 'latin1').toString();
    const { isWanted, isProtected, max } = this.#settings;
    if (isWanted(text)) return;
    const isStage = this.#top.length === 0 && STAGE.test(text);
    if (isStage || isProtected?.(text, isDirectory)) {
      if (isDirectory) this.#protected = `${member}/`;
      if (this.#top.length > 0) this.#keepAbove(member);
      return;
    }
    this.count++;
    // Where nothing is protected the whole directory goes, and its own line is enough.
    if (this.#top.length > 0 && isProtected === undefined) return;
    this.#bytes += member.length;
    const isRoom = this.list.length + this.#top.length < max && this.#bytes < max * NAME_BYTES;
    if (isRoom) this.#top.push({ member, isDirectory });
    else this.hasMore = true;
  }

  /** Call it after the last name. */
  end(): void {
    let whole: string | undefined;
    for (const extra of this.#top) {
      if (whole !== undefined && extra.member.startsWith(whole)) continue;
      if (this.#kept.has(extra.member)) this.count--;
      else this.list.push(extra);
      whole = extra.isDirectory && !this.#kept.has(extra.member) ? `${extra.member}/` : undefined;
    }
    this.#top = [];
    this.#kept.clear();
  }

  /** Extras with the same identity hold the same list. */
  *identity(): Generator<string> {
    yield `${this.hasMore}`;
    for (const { member, isDirectory } of this.list) yield `${member}${isDirectory ? '/' : ''}\0`;
  }

  #keepAbove(member: string): void {
    for (let at = member.lastIndexOf('/'); at > 0; at = member.lastIndexOf('/', at - 1)) {
      const above = member.slice(0, at);
      if (this.#kept.has(above)) return;
      if (this.#kept.size < this.#settings.max) this.#kept.add(above);
      else this.hasMore = true;
    }
  }
}
