/** `--delete` spares those files of a node that patterns would leave out here. Pure. */
import { dirname } from 'node:path/posix';
import type { Chooser } from './chooser.ts';
import type { Level } from './gitignore.ts';

/** A directory of this machine, and the patterns of git that count in it. */
export interface LevelHere {
  readonly source: string;
  readonly level: Level | 'ignored' | undefined;
}

export class Protection {
  readonly #chooser: Chooser;
  readonly #levels: ReadonlyMap<string, LevelHere>;

  /** `levels`: of the directories that are sent, by member; with `-e .` the destination itself is `''`. */
  constructor(chooser: Chooser, levels: ReadonlyMap<string, LevelHere>) {
    this.#chooser = chooser;
    this.#levels = levels;
  }

  /** `member`: a name that only the node has. It lies in the deepest directory that both have. Call it for a directory before what is in it. */
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
