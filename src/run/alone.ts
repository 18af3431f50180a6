/** A run on connections of its own: all that is looked up on this machine, and then the story. */
import { type Run, tellNodes, whilePreparing } from './begin.ts';
import { modeOf } from './modes/modes.ts';
import { readBecome } from './start/become.ts';
import { collect } from './start/collect.ts';
import { createIdentity } from './start/identity.ts';
import { openInput } from './start/input.ts';
import { resolveNodes } from './start/resolve.ts';
import { tellStory } from './story.ts';
import { stdinOf } from './work-request.ts';

export async function runAlone(run: Run): Promise<void> {
  const { work } = run.request;
  modeOf(work).ready?.(work, run.here);
  await tellStory(run, await whilePreparing(run, prepare(run)));
}

/** Every mistake that can be seen before the first connection is an error by then. */
async function prepare(run: Run) {
  const { request, here } = run;
  const { work, targets } = request;
  const collection = await collect(work, here);
  const stdin = stdinOf(work);
  const input = stdin === undefined ? undefined : await openInput(stdin, here);
  const nodes = await resolveNodes(targets, here);
  await tellNodes(run, nodes);
  const become = await readBecome(request.connect, here);
  const opened = await here.openTransport(request, { ...here, nodes });
  return { ...opened, identity: await createIdentity(here), become, collection, input };
}
