/** Copies files of a site that is this machine: first beside their place, then there by rename. Names mean what they mean to rsync. */
import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { singleLine } from '../../text/single-line.ts';
import { putStaged } from '../files/staged.ts';
import { groupsOf } from '../files/transfer-paths.ts';
import type { Site, Transfer } from '../types.ts';

/** Rejects with LockstepError; then all that was there is still there. */
export async function transferHere(what: Transfer, { cwd }: Site): Promise<void> {
  const { kind, become, signal } = what;
  const refuse = (why: string) =>
    new LockstepError('usage', `${kind}: ${why}`, { hint: 'use run(), with cp' });
  if (become !== undefined) throw refuse('on this machine it works as the account of this program');
  // The program's own paths count from its directory, the site's from the site's.
  const ofSite = (path: string) => resolve(cwd ?? '.', path);
  const isDownload = kind === 'download';
  const groups = groupsOf(what, isDownload ? ofSite : (path) => resolve(path));
  const to = isDownload ? resolve(what.to) : ofSite(what.to);
  for (const { directory, names } of groups)
    for (const name of names) {
      const source = join(directory, name);
      if (isIn(to, source) || (kind === 'mirror' && name === '.' && isIn(source, to)))
        throw refuse(`one of ${quoteInput(source)} and ${quoteInput(to)} lies in the other`);
    }
  await putStaged({ to }, async (stage) => {
    const from = join(stage, 'new');
    await mkdir(from);
    const placed = new Set<string>();
    for (const { directory, names } of groups)
      for (const name of await allOf(names, directory)) {
        await copy(join(directory, name), {
          from,
          to,
          name,
          isMerged: kind === 'upload',
          isStaged: placed.has(name),
          signal,
        });
        placed.add(name);
      }
    const isWhole = kind === 'mirror' && groups.some(({ names }) => names.includes('.'));
    const gone = isWhole
      ? (await readdir(to)).filter((name) => !placed.has(name) && join(to, name) !== stage)
      : [];
    signal.throwIfAborted();
    return { from, names: [...placed], gone };
  });
}

/** `.` is all that is in the directory. Whatever is named beside it must be there, too. */
async function allOf(names: readonly string[], directory: string): Promise<ReadonlySet<string>> {
  const inside = names.includes('.') ? await readdir(directory).catch(failed) : [];
  return new Set([...inside, ...names.filter((name) => name !== '.')]);
}

/** Whether a path is a directory, or lies below it. */
function isIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.replace(/\/*$/, sep));
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  /** It is merged into a directory that exists. */
  readonly isMerged: boolean;
  /** Another path has brought something of this name. */
  readonly isStaged: boolean;
  readonly signal: AbortSignal;
}

async function copy(source: string, { from, to, name, isMerged, isStaged, signal }: Copy): Promise<void> {
  const [there, staged] = [join(to, name), join(from, name)];
  const isTree = await isDirectory(source);
  // A copy to an existing directory would lie inside it.
  if (isStaged && isTree !== (await isDirectory(staged)))
    throw new LockstepError('usage', `two of these would be ${quoteInput(name)} there`);
  if (!isTree || !(isStaged || (isMerged && (await isDirectory(there)))))
    return runCp([source, staged], signal);
  if (!isStaged) await runCp([there, staged], signal);
  await runCp([`${source}/.`, `${staged}/.`], signal);
}

async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/** Keeps links, modes, times, and owners if it may. */
async function runCp(paths: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)('cp', ['-a', '--', ...paths], {
      signal,
      maxBuffer: LIMITS.nodeSaidCharsMax * 16,
    });
  } catch (error) {
    failed(error);
  }
}

function failed(error: unknown): never {
  const { stderr, message } = error as Error & { stderr?: string };
  const text = singleLine((stderr ?? '') || message, LIMITS.nodeSaidCharsMax);
  throw new LockstepError('local-refusal', text, { causes: [error] });
}
