/** Tells how a run ended, and does not say again what was said at its time. */
import type { RunEvent } from '../../events.ts';
import type { WriteLog } from '../log-writer.ts';
import { summariseBriefly } from './brief.ts';
import { type Finished, summarise } from './summary.ts';
import { listNodes, type ReportBounds } from './tree.ts';

export interface ReporterSettings {
  readonly log: WriteLog;
  readonly bounds: ReportBounds;
  readonly quiet: boolean;
}

type Failed = Extract<RunEvent, { type: 'node-failed' }>;

export class Reporter {
  readonly #settings: ReporterSettings;
  readonly #errors = new Set<string>();
  #areFilesTold = false;
  readonly #unreached = new Map<string, Failed>();
  /** `-w`: the run went on without those that could not be reached. */
  #isLocking = false;

  constructor(settings: ReporterSettings) {
    this.#settings = settings;
  }

  see(event: RunEvent): void {
    if (event.type === 'log') {
      if (event.level === 'error') this.#errors.add(event.message);
      if (event.isInReport) this.#areFilesTold = true;
    } else if (event.type === 'node-failed' && event.phase === 'connect') {
      this.#unreached.set(event.node.id, event);
    } else if (event.type === 'phase' && event.phase !== 'connect' && event.phase !== 'ending')
      this.#isLocking = true;
  }

  report(finished: Finished): void {
    const { log, bounds } = this.#settings;
    const leftOut = this.#isLocking ? [...this.#unreached.values()] : [];
    if (bounds.isBrief) {
      const report = summariseBriefly(finished, bounds, new Set(leftOut.map(({ node }) => node.id)));
      if (report !== undefined) log(report.isWanted ? 'info' : 'fatal', () => report.tree, report.hint);
    } else {
      const report = summarise(finished, bounds, { errors: this.#errors, files: this.#areFilesTold });
      if (report !== undefined) log('fatal', () => report.tree, report.hint);
    }
    if (leftOut.length > 0) this.#tellLeftOut(leftOut, finished.outcomes.length);
  }

  /** Once more at the end, behind all that the other nodes have printed. */
  #tellLeftOut(failures: readonly Failed[], total: number): void {
    const { log, bounds, quiet } = this.#settings;
    const names = listNodes(
      failures.map(({ node }) => node),
      bounds,
    );
    const text = `${failures.length} of ${total} nodes left out: ${names}`;
    // With -q, too, which hides warnings.
    log(quiet ? 'error' : 'warn', () => ({ text, children: [] }));
  }
}
