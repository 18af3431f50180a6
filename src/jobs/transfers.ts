/** Files to a site and from it: uploads and downloads in the session that holds its lock. Names mean what they mean to rsync. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { isAbsolute, join as joinHere, resolve } from 'node:path';
import { basename, dirname, join, normalize } from 'node:path/posix';
import { LockstepError, toLockstepError } from '../core/errors.ts';
import { nodeFileName } from '../core/node.ts';
import { systemErrorText } from '../core/system-error.ts';
import type { StepPlace } from '../run/joined/step.ts';
import { requestSchema, type WorkOf } from '../run/request.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Hold } from './hold.ts';
import { failureOf, type JoinedRun, runJoined } from './joined-run.ts';
import type { Site, Transfer } from './types.ts';

/** Resolves when all is in place. Rejects with LockstepError; what was there before is there then, but for the paths of other directories. */
export async function transfer(hold: Hold, place: StepPlace, site: Site, what: Transfer): Promise<void> {
  if (what.paths.length === 0) throw refusal(what, 'no paths are named');
  // The reasons of others are no LockstepErrors, and theirs live longer than this.
  const ended = new AbortController();
  const end = () => ended.abort(new LockstepError('interrupted', 'the transfer was ended'));
  const { over } = hold;
  const run = async (work: JoinedRun['work'], directory?: string) => {
    const around = directory === undefined ? {} : { directory };
    const { signal } = ended;
    const ending = signal.aborted
      ? undefined
      : await runJoined(hold, place, { work, become: what.become, signal, around });
    if (over.aborted) throw over.reason;
    if (what.signal.aborted) throw toLockstepError(what.signal.reason);
    if (ending?.exitCode !== 0) throw failureOf(ending, place);
  };
  for (const signal of [over, what.signal]) signal.addEventListener('abort', end, { once: true });
  if (over.aborted || what.signal.aborted) end();
  try {
    await (what.kind === 'download' ? fetch(what, site, place, run) : send(what, site, run));
  } finally {
    for (const signal of [over, what.signal]) signal.removeEventListener('abort', end);
  }
}

type RunWork = (work: JoinedRun['work'], directory?: string) => Promise<void>;

/** One run for all names of one directory of this machine: `dir/` is what is in it, all else keeps its last name. */
async function send(what: Transfer, site: Site, run: RunWork): Promise<void> {
  const directory = there(what.to, site);
  for (const [from, names] of byDirectory(what.paths, (path) => resolve(path))) {
    const deletes = what.kind === 'mirror';
    const files = { files: names, directory, areRelative: true, deletes, isConfirmed: deletes };
    await run(workOf({ mode: 'upload', ...files }) as WorkOf<'upload'>, from);
  }
}

/** Beside their place first, then by rename. */
async function fetch(what: Transfer, site: Site, { node }: StepPlace, run: RunWork): Promise<void> {
  const to = resolve(what.to);
  const stage = await here(what, async () => {
    await mkdir(to, { recursive: true });
    return mkdtemp(joinHere(to, '.lockstep-'));
  });
  try {
    const groups = byDirectory(what.paths, (path) => there(path, site));
    for (const [directory, paths] of groups) {
      if (paths.includes('.'))
        throw refusal(what, 'a directory of the site is named without a slash behind it');
      await run(workOf({ mode: 'download', paths, directory, into: stage }) as WorkOf<'download'>);
      for (const name of paths) {
        await here(what, async () => {
          // A directory is not replaced by a rename.
          await rename(joinHere(to, name), joinHere(stage, `old-${name}`)).catch(unlessMissing);
          await rename(joinHere(stage, nodeFileName(node), name), joinHere(to, name));
        });
      }
    }
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** By the directory that names lie in; `.` is that directory itself. */
function byDirectory(paths: readonly string[], absolute: (path: string) => string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const isContents = /(?:^|\/)\.?$/.test(path);
    const whole = absolute(path).replace(/(?<=.)\/+$/, '');
    const [directory, name] = isContents ? [whole, '.'] : [dirname(whole), basename(whole)];
    found.set(directory, [...(found.get(directory) ?? []), name]);
  }
  return found;
}

/** A directory of the site, where relative ones count from its `cwd`; else from its login directory. */
function there(path: string, { cwd }: Site): string {
  return isAbsolute(path) || cwd === undefined ? normalize(path) : join(cwd, path);
}

/** With the defaults of all that is left out. */
function workOf(work: Readonly<Record<string, unknown>>): JoinedRun['work'] {
  return requestSchema.parse({ version: 1, work }).work;
}

async function here<T>(what: Transfer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new LockstepError(
      'local-refusal',
      `cannot write to ${quoteInput(what.to)}: ${systemErrorText(error)}`,
    );
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function refusal({ kind }: Transfer, why: string): LockstepError {
  return new LockstepError('usage', `${kind}: ${why}`);
}
