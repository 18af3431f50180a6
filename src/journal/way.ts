/** Whether the way to a directory is safe: only this account and root can put another one in its place. */
import { lstat, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** Checks each directory from the root on, and the ways to which links lead. Rejects with the first that belongs to somebody else. */
export async function checkWay(path: string): Promise<void> {
  const left = partsOf(path);
  let at = '/';
  let links = 0;
  await checkPart(at);
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const next = name === '..' ? dirname(at) : join(at, name);
    if ((await checkPart(next)) === 'directory') {
      at = next;
      continue;
    }
    links += 1;
    if (links > LINKS_MAX) throw new Error(`${path} has too many links`);
    const target = await readlink(next);
    left.unshift(...partsOf(target));
    if (isAbsolute(target)) at = '/';
  }
}

/** As many as the kernel follows. */
const LINKS_MAX = 40;

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function checkPart(path: string): Promise<'link' | 'directory'> {
  const stats = await lstat(path);
  const own = process.geteuid?.();
  if (stats.uid !== 0 && stats.uid !== own) throw new Error(`${path} belongs to another user`);
  if (stats.isSymbolicLink()) return 'link';
  // Many systems give each account a group of its own number, to which what it makes is often open.
  const others = stats.gid === own ? 0o002 : 0o022;
  // In a sticky directory, such as /tmp, nobody moves what belongs to somebody else.
  if ((stats.mode & others) !== 0 && (stats.mode & 0o1000) === 0)
    throw new Error(`${path} may be written by others`);
  return 'directory';
}
