/** Removes old releases once all nodes have the new one. If one cannot be removed it only warns: the switch is done. */
import { toLockstepError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { RELEASES_TEXT } from '../../node/texts.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { speakerError, startSpeaker } from '../upload/speaker.ts';

export async function removeSurplus(
  work: HeldRun,
  surplus: readonly { readonly site: Site; readonly names: readonly string[] }[],
  directory: string,
): Promise<void> {
  const { held, tell } = work;
  const removals = surplus.map(async ({ site, names }) => {
    if (names.length === 0) return;
    try {
      await removeFrom(work, site, [directory, ...names]);
      const message = `removed ${names.length === 1 ? 'release' : 'releases'} ${names.join(', ')}`;
      tell({ type: 'log', level: 'debug', node: site.node, message });
    } catch (thrown) {
      const { message } = toLockstepError(thrown);
      tell({ type: 'log', level: 'warn', node: site.node, message: `old releases are left: ${message}` });
    }
  });
  await unlessAborted(held.signal, Promise.all(removals));
}

async function removeFrom(work: HeldRun, site: Site, words: readonly string[]): Promise<void> {
  const { channel, replies } = await startSpeaker(work, site, { job: 'survey', text: RELEASES_TEXT, words });
  channel.end();
  const result = await channel.result;
  if (!replies.some(({ kind }) => kind === 'end'))
    throw speakerError('upload-failed', site, { result, replies });
}
