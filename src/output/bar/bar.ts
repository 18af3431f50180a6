/** Keeps the status bar on the terminal up to date, at a bounded rate. */
import type { ControlEvent } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { PROGRESS_LIMITS } from '../../core/limits/progress.ts';
import type { Node } from '../../core/node.ts';
import type { BarLook } from '../look/bar-look.ts';
import { RolloutState } from '../rollout/state.ts';
import { rolloutLines } from '../rollout/view.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { AtWork } from './at-work.ts';
import { type NodeBytes, slowestLines } from './node-bytes.ts';
import { advance, drawProgress, type Progress } from './progress.ts';

export interface BarSources {
  /** On any clock that does not jump. */
  nowMs(): number;
  readonly atWork: AtWork;
  /** Undefined: the bar names no slow nodes. */
  readonly nodeBytes: NodeBytes | undefined;
  /** A short name, safe to print. */
  labelOf(node: Node): string;
}

/** The width of a terminal that does not tell its own. */
const DEFAULT_COLUMNS = 80;

export class StatusBar {
  readonly #terminal: Terminal;
  readonly #look: BarLook;
  readonly #nowMs: () => number;
  readonly #atWork: AtWork;
  readonly #nodeBytes: NodeBytes | undefined;
  readonly #labelOf: (node: Node) => string;
  #progress: Progress | undefined;
  #rollout: RolloutState | undefined;
  /** A question stands where the bar would be. */
  #isAsking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, look: BarLook, { nowMs, atWork, nodeBytes, labelOf }: BarSources) {
    this.#terminal = terminal;
    this.#look = look;
    this.#nowMs = nowMs;
    this.#atWork = atWork;
    this.#nodeBytes = nodeBytes;
    this.#labelOf = labelOf;
  }

  see(event: ControlEvent): void {
    const nowMs = this.#nowMs();
    this.#progress = advance(this.#progress, event, nowMs);
    if (event.type === 'phase') this.#rollout = undefined;
    if (event.type === 'rollout') this.#rollout = new RolloutState(event);
    this.#rollout?.see(event, nowMs);
    if (event.type === 'question') this.#isAsking = true;
    else if (event.type === 'phase' || event.type === 'answered') this.#isAsking = false;
    if (this.#isAsking) this.hide();
    if (this.#progress === undefined) this.stop();
    else this.#timer ??= setInterval(() => this.#draw(), LIMITS.barRedrawMs).unref();
  }

  /** Hides the bar until it is drawn again. */
  hide(): void {
    this.#terminal.setBar('');
  }

  /** Erases the bar. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#progress = undefined;
    this.#terminal.setBar('');
  }

  /** Draws even without news, since the bar shows how much time has passed. */
  #draw(): void {
    if (this.#progress === undefined || this.#isAsking) return;
    const nowMs = this.#nowMs();
    // A line that reaches the edge may wrap, and then nobody could erase it.
    const columns = (this.#terminal.columns() || DEFAULT_COLUMNS) - 1;
    const drawing = { look: this.#look, nowMs, columns, names: this.#missingNames(nowMs) };
    const line = drawProgress({ ...this.#progress, ...this.#counts() }, drawing);
    const below = () => [...this.#slowest(columns), ...this.#turns(columns, nowMs)];
    this.#terminal.setBar(line === '' ? '' : [line, ...below()].join('\n'));
  }

  /** Lines below the bar, if the terminal has the rows. */
  #slowest(columns: number): string[] {
    const bytes = this.#nodeBytes;
    const rows = this.#terminal.rows() - 2;
    if (bytes === undefined || rows < 1) return [];
    const nodes = bytes.slowest(this.#atWork.missing(), Math.min(PROGRESS_LIMITS.slowestMax, rows));
    return slowestLines(nodes, { bytes, labelOf: this.#labelOf, columns });
  }

  /** For a rollout, in which a node may have several tries. */
  #counts(): Partial<Progress> {
    if (this.#rollout === undefined) return {};
    const { all } = this.#rollout;
    return { nodes: all.size, doneNodes: all.count('done'), failedNodes: all.count('failed') };
  }

  /** For a rollout, if the terminal has the rows. */
  #turns(columns: number, nowMs: number): string[] {
    const linesMax = Math.min(this.#terminal.rows() - 2, PROGRESS_LIMITS.rolloutLinesMax);
    if (this.#rollout === undefined || linesMax < 1) return [];
    return rolloutLines(this.#rollout, { columns, linesMax }, { nowMs, labelOf: this.#labelOf });
  }

  /** The nodes that all others wait for, once nothing has come for a while. */
  #missingNames(nowMs: number): string {
    const { wait } = this.#atWork;
    if (wait === undefined || this.#rollout !== undefined || nowMs - wait.newsMs < LIMITS.missingAfterMs)
      return '';
    return this.#atWork.fewMissing(LIMITS.missingNamedMax).map(this.#labelOf).join(', ');
  }
}
