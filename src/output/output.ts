/** Turns the events of a run into what its audience sees. Everything that lockstep prints goes through here. */
import type { Emit } from '../events.ts';
import type { Node } from '../targets/node.ts';
import { StatusBar } from './bar.ts';
import { ConnectCounter } from './connect-counter.ts';
import type { Format } from './format.ts';
import { jsonFormat, outcomeObject } from './json.ts';
import { statusObject, statusText } from './lock-status.ts';
import { decideColour, openLog, type WriteLog } from './log-writer.ts';
import { sanitiseText } from './sanitise.ts';
import { Serial } from './serial.ts';
import { SourceLines } from './source-lines.ts';
import { type Finished, summarise } from './summary.ts';
import type { Terminal } from './terminal.ts';
import { prefixedFormat, quietFormat, verboseFormat } from './text.ts';
import { BRIEF, causeTrees, FULL, type ReportBounds, type Tree } from './tree.ts';
import { WaitNews, waitObject, waitText } from './waiting.ts';

export interface OutputSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  /** 0, 1 (debug) or 2 (trace); -q wins. */
  readonly verbose: number;
  readonly serial: boolean;
  readonly color: 'auto' | 'always' | 'never';
  /** All nodes of the run: their prefixes are as short as this list allows. */
  readonly nodes: readonly Node[];
  /** NO_COLOR and TERM. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: { now(): Date; monotonicMs(): number };
}

export interface Output {
  /** A returned promise asks to hold back; for `finished` it resolves when the report is handed to the terminal. */
  readonly emit: Emit;
  /**
   * Erases the bar and resolves when all is written or its reader is gone.
   * With `timeoutMs` (an interrupted run) it gives up then, and drops what nobody has read.
   */
  close(timeoutMs?: number): Promise<void>;
}

export function createOutput(settings: OutputSettings, terminal: Terminal): Output {
  const { json, quiet, verbose, environment, clock } = settings;
  const isTTY = terminal.isTTY('stderr');
  const hasColour = !json && decideColour(settings.color, { isTTY, environment });
  const log = openLog({ json, quiet, verbose, hasColour, now: clock.now }, terminal);
  const lines = new SourceLines(chooseFormat(settings, { terminal, hasColour }), terminal);
  const nodeOutput = settings.serial ? new Serial(lines, warnWith(log)) : lines;
  const hasBar = isTTY && !json && !quiet && environment.TERM !== 'dumb';
  const bar = hasBar ? new StatusBar(terminal, clock.monotonicMs) : undefined;
  const connects = new ConnectCounter();
  const waitNews = new WaitNews();
  const bounds = json || verbose > 0 ? FULL : BRIEF;
  let finishing = Promise.resolve();

  const finish = async (event: Finished) => {
    await nodeOutput.drain();
    const report = summarise(event, bounds);
    if (report !== undefined) log('fatal', () => report.tree, report.hint);
    if (json) terminal.write('stderr', event.outcomes.map(outcomeObject).join(''));
  };
  return {
    emit(event) {
      bar?.see(event);
      switch (event.type) {
        case 'output':
          return nodeOutput.output(event);
        case 'output-end':
          return nodeOutput.end(event.node);
        case 'log':
          return log(event.level, () => tell(event.message, event.causes ?? [], bounds));
        case 'finished':
          finishing = finish(event);
          return finishing;
        case 'lock-wait':
          if (!waitNews.isNews(event)) return;
          if (json) return terminal.write('stderr', waitObject(event));
          // The bar shows it, and counts.
          if (bar !== undefined) return;
          return log('info', () => tell(waitText(event), [], bounds));
        case 'lock-status': {
          const { lockPath, views } = event;
          const objects = () => views.map((view) => statusObject(view, lockPath)).join('');
          return terminal.write('stdout', json ? objects() : statusText(event, settings.nodes));
        }
        case 'question':
          // What is typed stands behind it, where a bar would be drawn over it.
          bar?.stop();
          return terminal.write('stderr', sanitiseText(event.text));
        case 'phase':
        case 'bytes':
        case 'node-done':
        case 'node-failed': {
          const message = connects.see(event);
          return message === undefined ? undefined : log('debug', () => tell(message, [], bounds));
        }
      }
    },
    async close(timeoutMs) {
      bar?.stop();
      const written = finishing.then(() => nodeOutput.drain()).then(() => terminal.flush());
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => terminal.abandon(), timeoutMs);
      await written.finally(() => clearTimeout(timer));
    },
  };
}

/** JSON keeps its form with -q and -v; -q wins over -v. */
function chooseFormat(
  { json, quiet, verbose, nodes, clock }: OutputSettings,
  { terminal, hasColour }: { terminal: Terminal; hasColour: boolean },
): Format {
  if (json) return jsonFormat;
  if (quiet) return quietFormat(terminal);
  if (verbose > 0) return verboseFormat({ now: clock.now, hasColour });
  return prefixedFormat(nodes, terminal);
}

function warnWith(log: WriteLog): (message: string, error: unknown) => void {
  return (message, error) => void log('warn', () => tell(message, [error], BRIEF));
}

function tell(message: string, causes: readonly unknown[], bounds: ReportBounds): Tree {
  return { text: sanitiseText(message), children: causeTrees(causes, bounds) };
}
