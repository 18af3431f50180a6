/**
 * A site with a host: its commands are steps of the run that holds its lock. Work that needs more than a step (stdin,
 * another account, files) is a run of its own in the same session, like a call of the command line.
 */
import type { LockstepError } from '../../core/errors.ts';
import { endAll, endOf, type StepPlace, startStep } from '../../run/joined/step.ts';
import type { Ground, Site, Started, StartOptions } from '../types.ts';
import { endedBy, endOrLoss } from './command-end.ts';
import type { Hold } from './hold.ts';
import { startRun } from './joined-run.ts';
import { transfer } from './transfers.ts';

export function remoteGround(hold: Hold, place: StepPlace, site: Site): Ground {
  return {
    node: place.node,
    start(command, how) {
      const isStep = how.stdin === undefined && isOfHold(hold, how.become);
      return isStep ? startHere(hold, place, command, how) : startRun(hold, place, command, how);
    },
    transfer: (what) => transfer(hold, place, site, what),
  };
}

/** Whether the hold's keepers work as that account. */
function isOfHold({ request: { connect } }: Hold, become: string | undefined): boolean {
  return become === undefined || become === (connect.asRoot ? connect.becomes : 'root');
}

function startHere(hold: Hold, place: StepPlace, text: string, how: StartOptions): Started {
  const { link, here, request } = hold;
  const asRoot = request.connect.asRoot || how.become !== undefined;
  const parts = { run: hold.nextRun(), text, directory: how.cwd, environment: how.env, asRoot };
  const channel = startStep(link, place, parts, {
    onStdout: (chunk) => how.onStdout(chunk),
    onStderr: (chunk) => how.onStderr(chunk),
  });
  let [refused, isEnded]: [LockstepError | undefined, boolean] = [undefined, false];
  const begun = channel.opened.catch((error: LockstepError) => {
    refused = error;
  });
  hold.channels.watch(place.node, text, { begun: channel.opened, over: channel.result });
  const result = channel.result.then(async () => {
    const end = await endOf(channel);
    if (isEnded) return endedBy(end);
    if (hold.over.aborted) throw hold.over.reason;
    if (refused !== undefined) throw refused;
    return endOrLoss(end, place);
  });
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    // A process that has left the command's session may have its output for ever.
    void endAll([channel], { clock: here.clock, killGraceMs: link.welcome.graceMs }).then(() =>
      channel.close(),
    );
  };
  return { begun, result, end };
}
