/** How to show each control event of a run: as a line of the log, an object, a question; most go only to the bar. */
import type { ControlEvent } from '../core/events.ts';
import { sanitiseText } from '../text/sanitise.ts';
import type { Parts } from './parts.ts';
import { addAges } from './report/age.ts';
import { differenceJson, differenceText } from './report/differences.ts';
import { leftOutTrees } from './report/left-out.ts';
import { type LockStatus, statusObject, statusText } from './report/lock-status.ts';
import { waitObject, waitText } from './report/lock-wait.ts';
import { planJson, planText } from './report/plan.ts';
import { pulledObject, pulledText } from './report/pulled.ts';
import { releaseJson, releaseText } from './report/releases.ts';
import type { Finished } from './report/summary.ts';
import { tellTree } from './report/tree.ts';
import { wayObject, wayText } from './report/ways.ts';

export function show(event: Exclude<ControlEvent, Finished>, parts: Parts): void {
  const { settings, terminal, log, bounds, bar, nodeOutput } = parts;
  switch (event.type) {
    case 'output-end':
      return nodeOutput.end(event.node);
    case 'log':
      if (parts.isForPeople && event.isInReport) return;
      return void log(event.level, () => {
        const tree = tellTree(event.message, event.causes ?? [], bounds, event.node);
        return event.isToCopy ? { ...tree, isWhole: true } : tree;
      });
    case 'left-out': {
      // -q hides warnings, but not which nodes are left out.
      const level = settings.quiet ? 'error' : 'warn';
      for (const tree of leftOutTrees(event.errors, bounds)) void log(level, () => tree);
      return;
    }
    case 'lock-wait':
      if (!parts.waitNews.isNews(event)) return;
      if (settings.json) return void terminal.write('stderr', waitObject(event));
      // The bar shows and counts these nodes.
      if (bar !== undefined) return;
      return void log('info', () => tellTree(waitText(event), [], bounds));
    case 'lock-status':
      return void terminal.write('stdout', describeStatus(event, parts));
    case 'list':
      return void terminal.write(
        'stdout',
        event.ways.map((way) => (settings.json ? wayObject(way) : wayText(way, settings.quiet))).join(''),
      );
    case 'plan':
      return void terminal.write('stdout', settings.json ? planJson(event.plan) : planText(event.plan));
    case 'difference':
      return void terminal.write(
        'stdout',
        settings.json ? differenceJson(event) : differenceText(event, parts.names),
      );
    case 'release':
      return void terminal.write(
        'stdout',
        settings.json ? releaseJson(event) : releaseText(event, parts.names),
      );
    case 'pulled':
      if (settings.json) return void terminal.write('stderr', pulledObject(event));
      return void log('info', () => tellTree(pulledText(event), [], bounds, event.node));
    case 'question':
      return parts.question.ask(addAges(sanitiseText(event.text), settings.clock.now()));
    case 'answered':
      return parts.question.answered();
    case 'program':
      // The program's first line must not stand behind a bar.
      return bar?.stop();
    case 'begun':
    case 'nodes':
    case 'outcome':
      return;
    case 'phase':
    case 'bytes':
    case 'node-done':
    case 'node-step':
    case 'node-begun':
    case 'node-failed': {
      const news = parts.nodeNews.see(event);
      if (news !== undefined) void log(news.level, () => tellTree(news.message, [], bounds));
    }
  }
}

function describeStatus(event: LockStatus, { settings, terminal }: Parts): string {
  if (settings.json) return event.views.map((view) => statusObject(view, event.lockPath)).join('');
  const text = statusText(event, settings.nodes);
  return terminal.isTTY('stdout') ? addAges(text, settings.clock.now()) : text;
}
