/** What the model's node makes of new names: mode, owner and group at their place. */
import { dirname } from 'node:path/posix';
import { type Expected, type Look, modeOf } from './look.ts';
import type { Arrival } from './model.ts';
import { Rights } from './rights.ts';

export class Looks extends Rights {
  /** As mkdir -p makes it. */
  protected made(at: string): Expected {
    const above = this.givingGroup(dirname(at));
    return {
      type: 'directory',
      mode: 0o755,
      modeMayHave: above === undefined ? 0 : 0o2000,
      uid: this.uid,
      gid: this.uid,
      ...(above === undefined ? {} : { gidMayBe: above }),
      mtimeNs: 'fresh',
      body: '',
      inode: `made ${at}`,
    };
  }

  /** The group that a directory gives to what is made in it, before or after the run. */
  protected givingGroup(directory: string): number | undefined {
    const now = this.entries.get(directory);
    const before = this.before.get(directory);
    if (before !== undefined && (before.mode & 0o2000) !== 0) return before.gid;
    const gives = now !== undefined && ((now.mode | (now.modeMayHave ?? 0)) & 0o2000) !== 0;
    return gives ? (now.gidMayBe ?? now.gid) : undefined;
  }

  /** How a new name looks at its place. */
  asArrived(at: string, facts: Look, { uid, preserveUid, preserveGid }: Arrival): Expected {
    const owner = uid === 0 && preserveUid ? facts.uid : uid;
    const group = uid === 0 && preserveGid ? facts.gid : uid;
    const isPreserving = uid === 0 && (preserveUid || preserveGid);
    const above = isPreserving ? undefined : this.givingGroup(dirname(at));
    const { mode, may } = modeOf(facts, {
      owner,
      group,
      isExact: isPreserving && preserveUid && preserveGid,
    });
    return {
      type: facts.type,
      mode,
      modeMayHave:
        may | (facts.modeMayHave ?? 0) | (above !== undefined && facts.type === 'directory' ? 0o2000 : 0),
      uid: owner,
      gid: group,
      ...(above === undefined ? {} : { gidMayBe: above }),
      mtimeNs: facts.mtimeNs,
      body: facts.body,
      inode: facts.type === 'directory' ? `sent ${at}` : `sent ${facts.inode}`,
    };
  }
}
