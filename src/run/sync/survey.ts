/** What a sync must know of each node before it begins. */

import { unlessAborted } from '../../core/waiting.ts';
import { SURVEY_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { speakerError, startSpeaker } from '../upload/speaker.ts';
import type { Destination } from './sync-plan.ts';

/** What a node answered before the sync. */
export interface View {
  readonly tool?: string | undefined;
  readonly login?: string | undefined;
  readonly directory?: string | undefined;
}

/** Asks each node which tool it has, and makes the run directories; if neither is needed, asks nothing. */
export async function surveyNodes(
  work: HeldRun,
  { command, staysStaged }: WorkOf<'sync'>,
  destination: Destination,
): Promise<Map<string, View>> {
  const { sites, held } = work;
  const isDirectoryNeeded = destination === 'run-directory';
  if (!isDirectoryNeeded && command !== undefined) return new Map();
  const survey = async (site: Site): Promise<[string, View]> => {
    // Users who want the files to stay there want to see them, with or without -x.
    const words = [isDirectoryNeeded ? (staysStaged ? 'share' : 'make') : ''];
    const speaker = await startSpeaker(work, site, { job: 'survey', text: SURVEY_TEXT, words });
    speaker.channel.end();
    const result = await speaker.channel.result;
    const path = (kind: string) =>
      speaker.replies.flatMap((reply) => ('path' in reply && reply.kind === kind ? [reply.path] : []))[0];
    const directory = path('directory');
    if (directory !== undefined) site.keeper.announceRunDirectory(directory);
    if (path('login') === undefined || (isDirectoryNeeded && directory === undefined)) {
      throw speakerError('upload-failed', site, { result, replies: speaker.replies });
    }
    return [site.node.id, { tool: path('tool'), login: path('login'), directory }];
  };
  return new Map(await unlessAborted(held.signal, Promise.all(sites.map(survey))));
}
