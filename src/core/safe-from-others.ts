/** Whether nobody but this account, and root, can put another directory in the place of one of ours below this one. */
import { statSync } from 'node:fs';

export function isSafeFromOthers(parent: string): boolean {
  const { uid, mode } = statSync(parent);
  const isOwnerTrusted = uid === 0 || uid === process.geteuid?.();
  return isOwnerTrusted && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}
