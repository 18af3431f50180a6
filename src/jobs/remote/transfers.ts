/** Files to a site and from it: uploads and downloads in the session that holds its lock. Names mean what they mean to rsync. */
import { isAbsolute, join as joinHere, resolve } from 'node:path';
import { join, normalize } from 'node:path/posix';
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import { nodeFileName } from '../../core/node.ts';
import type { StepPlace } from '../../run/joined/step.ts';
import { requestSchema, type WorkOf } from '../../run/request/request.ts';
import { putStaged } from '../files/staged.ts';
import { groupsOf } from '../files/transfer-paths.ts';
import { onAnyAbort } from '../shells/aborts.ts';
import type { Site, Transfer } from '../types.ts';
import type { Hold } from './hold.ts';
import { failureOf, type JoinedRun, runJoined } from './joined-run.ts';

/** Resolves when all is in place. Rejects with LockstepError; then the old files are there, but for uploads of other directories. */
export async function transfer(hold: Hold, place: StepPlace, site: Site, what: Transfer): Promise<void> {
  // The program's reasons are no LockstepErrors, and its signals live longer than this.
  const ended = new AbortController();
  const end = () => ended.abort(new LockstepError('interrupted', 'the transfer was ended'));
  const { over } = hold;
  const run = async (work: JoinedRun['work'], directory?: string) => {
    const around = directory === undefined ? {} : { directory };
    const { signal } = ended;
    const ending = await runJoined(hold, place, { work, become: what.become, signal, around });
    if (over.aborted) throw over.reason;
    if (what.signal.aborted) throw toLockstepError(what.signal.reason);
    if (ending?.exitCode !== 0) throw failureOf(ending, place);
  };
  const letGo = onAnyAbort([over, what.signal], end);
  try {
    await (what.kind === 'download' ? fetch(what, site, place, run) : send(what, site, run));
  } finally {
    letGo();
  }
}

type RunWork = (work: JoinedRun['work'], directory?: string) => Promise<void>;

/** One run for all names in one directory of this machine. */
async function send(what: Transfer, site: Site, run: RunWork): Promise<void> {
  const to = there(what.to, site);
  const deletes = what.kind === 'mirror';
  for (const { directory, names } of groupsOf(what, (path) => resolve(path))) {
    const files = { files: names, directory: to, areRelative: true, deletes, isConfirmed: deletes };
    await run(workOf({ mode: 'upload', ...files }) as WorkOf<'upload'>, directory);
  }
}

/** Gets all files beside their place first, then renames. */
async function fetch(what: Transfer, site: Site, { node }: StepPlace, run: RunWork): Promise<void> {
  const groups = groupsOf(what, (path) => there(path, site));
  await putStaged(what, async (stage) => {
    for (const { directory, names } of groups)
      await run(workOf({ mode: 'download', paths: names, directory, into: stage }) as WorkOf<'download'>);
    return { from: joinHere(stage, nodeFileName(node)), names: groups.flatMap(({ names }) => names) };
  });
}

/** A directory of the site: a relative one counts from its `cwd`, or from its login directory. */
function there(path: string, { cwd }: Site): string {
  return isAbsolute(path) || cwd === undefined ? normalize(path) : join(cwd, path);
}

/** Fills in the defaults. */
function workOf(work: Readonly<Record<string, unknown>>): JoinedRun['work'] {
  return requestSchema.parse({ version: 1, work }).work;
}
