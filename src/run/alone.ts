/** A run on connections of its own: all that is looked up on this machine, and then the story. */
import { LockstepError } from '../core/errors.ts';
import { type Run, tellNodes, whilePreparing } from './begin.ts';
import { checkProgram } from './hold/program.ts';
import { collect } from './start/collect.ts';
import { createIdentity } from './start/identity.ts';
import { openInput } from './start/input.ts';
import { resolveNodes } from './start/resolve.ts';
import { tellStory } from './story.ts';
import { stdinOf } from './work-request.ts';

export async function runAlone(run: Run): Promise<void> {
  const { work } = run.request;
  if (work.mode === 'lock-break' && !work.isConfirmed && run.here.ask === undefined) throw NOBODY_TO_ASK();
  await tellStory(run, await whilePreparing(run, prepare(run)));
}

/** Every mistake that can be seen before the first connection is an error by then. */
async function prepare(run: Run) {
  const { request, here } = run;
  const { work, targets } = request;
  if (work.mode === 'lock') checkProgram(work.program, here.environment);
  const collection = await collect(work, here);
  const stdin = stdinOf(work);
  const input = stdin === undefined ? undefined : await openInput(stdin, here);
  const nodes = await resolveNodes(targets, here);
  await tellNodes(run, nodes);
  const opened = await here.openTransport(request, { ...here, nodes });
  return { ...opened, identity: await createIdentity(here), collection, input };
}

const NOBODY_TO_ASK = () =>
  new LockstepError('usage', '--lock-break asks before it acts, and there is no terminal to ask on', {
    hint: 'check the run id with --lock-status, then give --yes',
  });
