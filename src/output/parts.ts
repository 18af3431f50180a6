/** The parts that show a run, chosen and connected by its settings. */
import type { Node } from '../core/node.ts';
import { AtWork } from './bar/at-work.ts';
import { StatusBar } from './bar/bar.ts';
import { NodeBytes } from './bar/node-bytes.ts';
import { NodeNews } from './bar/node-news.ts';
import { FoldPrinter } from './fold/fold-printer.ts';
import { Folded } from './fold/folded.ts';
import type { Format, NodeOutput } from './format.ts';
import { jsonFormat } from './json.ts';
import { fullLabel, NodeNames, nodeLabels } from './labels.ts';
import { decideColour, openLog, type WriteLog } from './log-writer.ts';
import { createBarLook } from './look/bar-look.ts';
import { createLogLook, type LogLook } from './look/log-look.ts';
import { Question } from './question.ts';
import { WaitNews } from './report/lock-wait.ts';
import { MissingNews } from './report/missing.ts';
import { ProgressNews } from './report/progress-news.ts';
import { Reporter } from './report/reporter.ts';
import { BRIEF, FULL, type ReportBounds, tellTree } from './report/tree.ts';
import { openRolloutNews } from './rollout/news.ts';
import { Serial } from './serial.ts';
import type { OutputSettings } from './settings.ts';
import { SourceLines } from './source-lines.ts';
import { TarLines } from './tar-lines.ts';
import type { Terminal } from './terminal/terminal.ts';
import { prefixedFormat, quietFormat, verboseFormat } from './text.ts';

export type Parts = ReturnType<typeof openParts>;

export function openParts(settings: OutputSettings, terminal: Terminal) {
  const { json, quiet, verbose, environment, clock, nodes } = settings;
  const isTTY = terminal.isTTY('stderr');
  const hasColour = !json && decideColour(settings.color, { isTTY, environment });
  const look = createLogLook(settings.logFormat, hasColour);
  const isForPeople = isTTY && !json && settings.asOrgalorg !== true;
  const columns = isForPeople ? terminal.columns : undefined;
  const question = new Question(terminal);
  const begin = () => question.end();
  const log = openLog({ json, quiet, verbose, look, now: clock.now, columns, begin }, terminal);
  const bounds: ReportBounds = { ...(json || verbose > 0 ? FULL : BRIEF), isBrief: isForPeople };
  const atWork = new AtWork(nodes, clock.monotonicMs);
  const nodeBytes = new NodeBytes();
  const bar = hasBar(settings, terminal)
    ? openBar(settings, { terminal, atWork, nodeBytes, hasColour })
    : undefined;
  const tell = (message: string) => void log('info', () => tellTree(message, [], bounds));
  const isNewsTold = bar === undefined && hasNews(settings, terminal);
  const lines = new SourceLines(chooseFormat(settings, { terminal, look }), terminal);
  const nodeOutput = chooseNodeOutput(settings, { lines, terminal, log });
  return {
    settings,
    terminal,
    isForPeople,
    question,
    log,
    bounds,
    nodeOutput: verbose > 0 ? nodeOutput : new TarLines(nodeOutput),
    atWork,
    nodeBytes,
    bar,
    missing: isNewsTold ? new MissingNews({ atWork, clock, nodes: nodes.length, tell }) : undefined,
    progressNews:
      isNewsTold && verbose > 0 && !json ? openProgressNews({ atWork, nodeBytes, clock }, log) : undefined,
    rolloutNews: openRolloutNews(settings, { isBar: bar !== undefined, log }),
    nodeNews: new NodeNews(),
    names: new NodeNames(nodes),
    waitNews: new WaitNews(),
    reporter: new Reporter({ log, bounds, quiet }),
  };
}

/** Where a bar might cover what the user types, or what the reader of stdout prints, a line of the log might, too. */
function hasNews({ quiet, isTyping }: OutputSettings, terminal: Terminal): boolean {
  return !quiet && !isTyping && !(terminal.isTTY('stderr') && terminal.isPipe('stdout'));
}

function openProgressNews(
  { atWork, nodeBytes, clock }: Pick<BarParts, 'atWork' | 'nodeBytes'> & Pick<OutputSettings, 'clock'>,
  log: WriteLog,
): ProgressNews {
  const tell = (message: string) => void log('debug', () => tellTree(message, [], BRIEF));
  return new ProgressNews({ atWork, nodeBytes, nowMs: clock.monotonicMs, tell });
}

interface BarParts {
  readonly terminal: Terminal;
  readonly atWork: AtWork;
  readonly nodeBytes: NodeBytes;
  readonly hasColour: boolean;
}

function openBar(
  { barFormat, nodes, clock, verbose }: OutputSettings,
  { terminal, atWork, nodeBytes, hasColour }: BarParts,
): StatusBar {
  const labels = nodeLabels(nodes);
  const labelOf = (node: Node) => labels.get(node.id) ?? fullLabel(node);
  return new StatusBar(terminal, createBarLook(barFormat, hasColour), {
    nowMs: clock.monotonicMs,
    atWork,
    nodeBytes: verbose > 0 && nodes.length > 1 ? nodeBytes : undefined,
    labelOf,
  });
}

/** A bar needs a terminal of its own: a program that reads stdout from a pipe may print on the same one, over the bar. */
function hasBar({ json, quiet, isTyping, environment }: OutputSettings, terminal: Terminal): boolean {
  if (json || quiet || isTyping || environment.TERM === 'dumb') return false;
  return terminal.isTTY('stderr') && !terminal.isPipe('stdout');
}

function chooseNodeOutput(
  { fold, serial, nodes }: OutputSettings,
  { lines, terminal, log }: { lines: SourceLines; terminal: Terminal; log: WriteLog },
): NodeOutput {
  if (fold !== undefined) {
    return new Folded(lines, new FoldPrinter({ how: fold, nodes, terminal }), warnWith(log));
  }
  return serial ? new Serial(lines, warnWith(log)) : lines;
}

/** JSON keeps its form with -q and -v; -q wins over -v. */
function chooseFormat(
  { json, quiet, verbose, nodes, clock }: OutputSettings,
  { terminal, look }: { terminal: Terminal; look: LogLook },
): Format {
  if (json) return jsonFormat;
  if (quiet) return quietFormat(terminal);
  if (verbose > 0) return verboseFormat({ now: clock.now, look });
  return prefixedFormat(nodes, terminal);
}

function warnWith(log: WriteLog): (message: string, error: unknown) => void {
  return (message, error) => void log('warn', () => tellTree(message, [error], BRIEF));
}
