/** Turns the events of a run into what its audience sees. Everything that lockstep prints goes through here. */
import type { ControlEvent, PassOn, Tell } from '../core/events.ts';
import type { Node } from '../core/node.ts';
import { outcomeObject, successObject } from './json.ts';
import { openParts } from './parts.ts';
import { describeAtWork, leavingTree } from './report/missing.ts';
import type { Finished } from './report/summary.ts';
import { tellTree } from './report/tree.ts';
import type { OutputSettings } from './settings.ts';
import { show } from './show.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Output {
  readonly tell: Tell;
  readonly output: PassOn;
  /** Resolves when everything is written, so that somebody else may write. */
  heard(): Promise<void>;
  /** Reports the end, as its last words. Resolves when the terminal has them. */
  report(event: Finished): Promise<void>;
  /** Resolves when all output of nodes is written, or its reader is gone: only then does a run know whether it could be. */
  settle(): Promise<void>;
  /**
   * Erases the bar and resolves when everything is written or its reader is gone.
   * With `timeoutMs` (an interrupted run) it gives up then, and drops what nobody has read.
   */
  close(timeoutMs?: number): Promise<void>;
  /** Says on stderr which nodes are at work, and since when. */
  tellAtWork(): void;
  /** Removes the bar until it is drawn again. Resolves when the terminal has that. */
  leaveLine(): Promise<void>;
  /** The last words of a run that its user leaves before its end: these nodes end their work without it. */
  leave(nodes: readonly Node[]): Promise<void>;
}

export function createOutput(settings: OutputSettings, terminal: Terminal): Output {
  const parts = openParts(settings, terminal);
  const { log, bounds, nodeOutput, bar, missing, progressNews, rolloutNews, reporter, atWork, nodeBytes } =
    parts;
  let finishing = Promise.resolve();
  const finish = async (event: Finished) => {
    await nodeOutput.drain();
    reporter.report(event);
    if (!settings.json) return;
    terminal.write('stderr', event.outcomes.map(outcomeObject).join(''));
    if (event.success !== undefined) terminal.write('stderr', successObject(event.success));
  };
  const tell = (event: ControlEvent) => {
    atWork.see(event);
    nodeBytes.see(event);
    bar?.see(event);
    missing?.see(event);
    progressNews?.see(event);
    rolloutNews?.see(event);
    reporter.see(event);
    if (event.type === 'finished') finishing = finish(event);
    else show(event, parts);
  };
  return {
    tell,
    output(event) {
      if (settings.isOutputHidden && event.from === undefined) return;
      return nodeOutput.output(event);
    },
    heard: () => terminal.flush(),
    report(event) {
      tell(event);
      return finishing;
    },
    tellAtWork() {
      const { clock, quiet, nodes } = settings;
      const text = describeAtWork({ atWork, clock, nodes: nodes.length });
      // A user who asks gets an answer, even with -q.
      log(quiet ? 'error' : 'info', () => tellTree(text, [], bounds));
    },
    leaveLine() {
      bar?.hide();
      return terminal.flush();
    },
    async leave(nodes) {
      bar?.stop();
      log('fatal', () => leavingTree(nodes, bounds));
      await terminal.flush();
    },
    async settle() {
      await nodeOutput.drain();
      await terminal.flush();
    },
    async close(timeoutMs) {
      bar?.stop();
      missing?.stop();
      progressNews?.stop();
      const written = finishing.then(() => nodeOutput.drain()).then(() => terminal.flush());
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => terminal.abandon(), timeoutMs);
      await written.finally(() => clearTimeout(timer));
    },
  };
}
