/** What patterns leave out here is not deleted on a node either. Pure. */
import { dirname } from 'node:path/posix';
import type { Chooser } from './chooser.ts';
import type { Level } from './gitignore.ts';

/** What git says in one directory of this machine. */
export interface LevelHere {
  readonly source: string;
  readonly level: Level | 'ignored' | undefined;
}

export class Protection {
  readonly #chooser: Chooser;
  readonly #levels: ReadonlyMap<string, LevelHere>;

  /** `levels`: by member, of the directories that are sent; `''` is the destination, where it was named for what is in it. */
  constructor(chooser: Chooser, levels: ReadonlyMap<string, LevelHere>) {
    this.#chooser = chooser;
    this.#levels = levels;
  }

  /** `member`: what only a node has. Asked of a directory before anything in it. */
  covers(member: string, isDirectory: boolean): boolean {
    let above = member;
    let here: LevelHere | undefined;
    while (here === undefined && above !== '') {
      above = above.includes('/') ? dirname(above) : '';
      here = this.#levels.get(above);
    }
    const source =
      here === undefined ? '' : `${here.source}/${member.slice(above === '' ? 0 : above.length + 1)}`;
    return this.#chooser.isLeftOut({ member, source }, isDirectory, here?.level);
  }
}
