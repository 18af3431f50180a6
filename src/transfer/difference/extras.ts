/** What a node has below the directories that were named, and nobody sends: from a list in which each directory comes before what is in it. Pure. */

export interface Extra {
  /** Its path below the destination; its bytes as Latin-1. */
  readonly member: string;
  readonly isDirectory: boolean;
}

export interface ExtrasSettings {
  /** Of a path below the destination. */
  readonly isWanted: (member: string) => boolean;
  /** Whether it stays although it is not sent, with all that is in it; undefined: nothing does. */
  readonly isProtected?: ((member: string, isDirectory: boolean) => boolean) | undefined;
  /** So many are listed; a directory that goes whole is one. */
  readonly max: number;
}

/** Paths are shorter than that, taken together. */
const NAME_BYTES = 250;

/** A run's, which may hold the only copy of old files. */
const STAGE = /(?:^|\/)\.lockstep-\d+T\d+-[^/]*$/;

export function nameOf({ member }: Extra): string {
  return Buffer.from(member, 'latin1').toString();
}

export class Extras {
  readonly #settings: ExtrasSettings;
  /** What is too much, in the order of the list: of a directory with nothing in it that stays, itself. */
  readonly list: Extra[] = [];
  /** There is more than is listed. */
  hasMore = false;
  /** Names that are too much, those in directories counted. */
  count = 0;
  /** Names that were heard of. */
  heard = 0;
  /** The directory that is too much, and what has been heard of it. */
  #top: Extra[] = [];
  #kept = new Set<string>();
  #bytes = 0;
  #protected: string | undefined;

  constructor(settings: ExtrasSettings) {
    this.#settings = settings;
  }

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
    // Of a directory that goes whole there is no more to know.
    if (this.#top.length > 0 && isProtected === undefined) return;
    this.#bytes += member.length;
    const isRoom = this.list.length + this.#top.length < max && this.#bytes < max * NAME_BYTES;
    if (isRoom) this.#top.push({ member, isDirectory });
    else this.hasMore = true;
  }

  /** Nothing more comes. */
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

  /** Equal ones are equal in this. */
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
