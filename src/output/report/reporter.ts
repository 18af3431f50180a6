/** Tells how a run ended, without repeating what lockstep said before. */

import type { ControlEvent } from '../../core/events.ts';
import type { Node } from '../../core/node.ts';
import { countNodes, listNodes } from '../../text/list-nodes.ts';
import type { WriteLog } from '../log-writer.ts';
import { summariseBriefly } from './brief.ts';
import { describeSuccess } from './success.ts';
import { type Finished, summarise, toldText } from './summary.ts';
import type { ReportBounds } from './tree.ts';

export interface ReporterSettings {
  readonly log: WriteLog;
  readonly bounds: ReportBounds;
  readonly quiet: boolean;
}

export class Reporter {
  readonly #settings: ReporterSettings;
  readonly #errors = new Set<string>();
  #areFilesTold = false;
  readonly #leftOut: Node[] = [];

  constructor(settings: ReporterSettings) {
    this.#settings = settings;
  }

  see(event: ControlEvent): void {
    if (event.type === 'log') {
      if (event.level === 'error') this.#errors.add(toldText(event));
      if (event.isInReport) this.#areFilesTold = true;
    } else if (event.type === 'left-out') {
      this.#leftOut.push(...event.errors.flatMap(({ node }) => node ?? []));
    }
  }

  report(all: Finished): void {
    const { log, bounds } = this.#settings;
    const { success } = all;
    // Those left out have lines of their own, and ran nothing.
    const leftOut = new Set(this.#leftOut.map(({ id }) => id));
    const finished = { ...all, outcomes: all.outcomes.filter(({ node }) => !leftOut.has(node.id)) };
    // Scripts of orgalorg expect a sync without files to be silent.
    const isTold = success !== undefined && (success.files !== undefined || bounds.isBrief);
    if (isTold) log('info', () => ({ text: describeSuccess(success), children: [] }));
    if (bounds.isBrief) {
      const report = summariseBriefly(finished, bounds);
      if (report !== undefined) log(report.isWanted ? 'info' : 'fatal', () => report.tree, report.hint);
    } else {
      const report = summarise(finished, bounds, { errors: this.#errors, files: this.#areFilesTold });
      if (report !== undefined) log('fatal', () => report.tree, report.hint);
    }
    if (this.#leftOut.length > 0) this.#tellLeftOut(all.outcomes.length);
  }

  /** Warns once more at the end, after everything that the nodes have printed. */
  #tellLeftOut(total: number): void {
    const { log, bounds, quiet } = this.#settings;
    const text = `${this.#leftOut.length} of ${countNodes(total)} left out: ${listNodes(this.#leftOut, bounds)}`;
    // An error, since -q hides warnings.
    log(quiet ? 'error' : 'warn', () => ({ text, children: [] }));
  }
}
