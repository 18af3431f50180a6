/** One command in a session: the holder runs it on its connections; this is the part that the user sees. */

import type { Node } from '../../core/node.ts';
import { unlessAborted } from '../../core/waiting.ts';
import type { SessionChannel } from '../../session/channel.ts';
import type { SessionLink } from '../../session/join.ts';
import type { Run } from '../begin.ts';
import { failureOf } from '../command/command-end.ts';
import type { CommandSite } from '../command/commands-at-work.ts';
import { hearLate } from '../command/late-output.ts';
import { CommandRun } from '../command/run-commands.ts';
import { outputSinks } from '../held-run.ts';
import type { WorkOf } from '../request/request.ts';
import { tellStart } from '../rollout/tell-rollout.ts';
import { tellEnding } from '../start/ending.ts';
import { endAll, endOf, startStep } from './step.ts';

/** Rejects with the first cause; the run's outcomes say how each node ended. */
export async function runCall(run: Run, asked: WorkOf<'command'>, link: SessionLink): Promise<void> {
  const { request, tell, output, outcomes, signal, clock } = run;
  const { nodes } = run.progress;
  const { killGraceMs } = request.times;
  const { welcome } = link;
  const numbers = new Map(welcome.nodes.map((node, number) => [node.id, number]));
  const channels = new Map<Node, SessionChannel>();
  const siteOn = (node: Node): CommandSite => ({
    node,
    start: () => {
      const place = { node, number: numbers.get(node.id) ?? -1 };
      const { asRoot } = request.connect;
      const channel = startStep(
        link,
        place,
        { ...asked, run: welcome.call, asRoot },
        outputSinks(output, node),
      );
      channels.set(node, channel);
      const begun = channel.opened.then(() => run.begunMs.set(node.id, clock.monotonicMs()));
      return { begun, result: endOf(channel), end: () => channel.stop() };
    },
  });
  signal.throwIfAborted();
  run.progress.hasWorkBegun = true;
  tell({ type: 'begun', run: welcome.call, who: welcome.who });
  tell({ type: 'phase', phase: 'exec', nodes: nodes.length });
  const endTelling = tellEnding(signal, {
    request,
    tell,
    nodes: () => [...channels].map(([node, { result }]) => ({ node, gone: result })),
    atWork: () => channels.size,
    isSwitching: () => false,
  });
  const { rollout } = run.progress;
  if (rollout !== undefined) tellStart({ rules: rollout, nodes }, tell);
  const commands = new CommandRun(nodes.map(siteOn), {
    ...{ limits: asked, killGraceMs, clock, tell, outcomes, rollout },
    confirm: run.here.ask?.confirm,
  });
  const stopHalting = run.here.onInterrupt?.(() => commands.control.halt());
  try {
    await unlessAborted(signal, commands.finished);
    // Output of background processes is heard as outside a session.
    const hear = ([node, channel]: [Node, SessionChannel]) => {
      const close = () => endAll([channel], { clock, killGraceMs });
      return hearLate(run, asked, { node, gone: channel.result, close });
    };
    await unlessAborted(signal, Promise.all([...channels].map(hear)));
  } catch (thrown) {
    // Nothing starts in the place of a command that ends now.
    commands.close();
    await endAll([...channels.values()], { clock, killGraceMs });
    throw thrown;
  } finally {
    endTelling();
    stopHalting?.();
    commands.close();
  }
  const failure = commands.rolloutFailure ?? failureOf(outcomes.values());
  if (failure !== undefined) throw failure;
}
