/** The files of a run in the journal, as it begins: the request, and the events to come. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownController } from '../core/controller.ts';
import type { ControlEvent, Stamped } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import { EVENTS_NAME, HEAD_NAME, HEAD_VERSION, type Head } from './head.ts';

export type Begun = Extract<Stamped<ControlEvent>, { readonly type: 'begun' }>;

/** Facts that the run itself does not tell. */
export type RunFacts = Pick<
  Head,
  'directory' | 'command' | 'request' | 'hasTurns' | 'isOfJobs' | 'repeats' | 'rest' | 'again'
>;

/** Makes `path`, and writes the head. Resolves with the file of events. */
export async function beginRun(
  path: string,
  { run, who, at }: Begun,
  {
    directory,
    command,
    request,
    hasTurns = false,
    isOfJobs = false,
    repeats,
    rest = [],
    again = [],
    nodes,
  }: RunFacts & { readonly nodes: readonly Node[] },
): Promise<FileHandle> {
  await mkdir(path, { mode: 0o700 });
  const head: Head = {
    version: HEAD_VERSION,
    run,
    who,
    at: new Date(at).toISOString(),
    directory,
    command,
    controller: await ownController(),
    nodes,
    request,
    ...(hasTurns ? { hasTurns } : {}),
    ...(isOfJobs ? { isOfJobs } : {}),
    ...(repeats === undefined ? {} : { repeats }),
    ...(rest.length === 0 ? {} : { rest }),
    ...(again.length === 0 ? {} : { again }),
  };
  try {
    const file = await openNew(join(path, HEAD_NAME));
    try {
      await file.writeFile(`${JSON.stringify(head)}\n`);
    } finally {
      await file.close();
    }
    return await openNew(join(path, EVENTS_NAME));
  } catch (error) {
    // A rollout does not begin then. Of other runs this is a trace, so that nobody takes an older one for the last.
    if (hasTurns) await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** Never through a link, and never into an existing file. */
function openNew(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants;
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0o600);
}
