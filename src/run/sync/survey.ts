/** What a sync must know of each node before it begins. */

import { LockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { SURVEY_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { noteFailure, refuse } from '../upload/refuse.ts';
import { speakerError, startSpeaker } from '../upload/speaker.ts';
import type { Destination } from './sync-plan.ts';

/** What a node answered before the sync. */
export interface View {
  readonly tool?: string | undefined;
  readonly login?: string | undefined;
  readonly directory?: string | undefined;
}

/**
 * Asks each node which tool it has, and makes the run directories; if neither is needed, asks nothing. Rejects with `upload-failed`, which
 * names all nodes that fail.
 */
export async function surveyNodes(
  work: HeldRun,
  { command, staysStaged }: WorkOf<'sync'>,
  destination: Destination,
): Promise<Map<string, View>> {
  const { sites, held } = work;
  const isDirectoryNeeded = destination === 'run-directory';
  if (!isDirectoryNeeded && command !== undefined) return new Map();
  // Users who want the files to stay there want to see them, with or without -x.
  const makes = isDirectoryNeeded ? (staysStaged ? 'share' : 'make') : '';
  const survey = async (site: Site): Promise<View | LockstepError> =>
    surveyOne(work, site, makes).catch((thrown: unknown) => noteFailure(work, site.node, thrown));
  const answers = await unlessAborted(held.signal, Promise.all(sites.map(survey)));
  refuse(
    work,
    answers.filter((answer) => answer instanceof LockstepError),
  );
  return new Map(sites.map(({ node }, at) => [node.id, answers[at] as View]));
}

/** `makes`: how the run directory is made; empty: there is none. */
async function surveyOne(work: HeldRun, site: Site, makes: 'share' | 'make' | ''): Promise<View> {
  const settings = { job: 'survey', text: SURVEY_TEXT, words: [makes] } as const;
  const { channel, replies } = await startSpeaker(work, site, settings);
  channel.end();
  const result = await channel.result;
  const path = (kind: string) =>
    replies.flatMap((reply) => ('path' in reply && reply.kind === kind ? [reply.path] : []))[0];
  const directory = path('directory');
  if (directory !== undefined) site.keeper.announceRunDirectory(directory);
  if (path('login') === undefined || (makes !== '' && directory === undefined))
    throw speakerError('upload-failed', site, { result, replies });
  return { tool: path('tool'), login: path('login'), directory };
}
