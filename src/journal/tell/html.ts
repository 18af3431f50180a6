/** `lockstep report RUN --html FILE`: one page that needs nothing else. Everything in a journal may be hostile. Pure. */
import { durationText } from '../../core/duration.ts';
import { JOURNAL_LIMITS } from '../../core/limits/journal.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import type { Past, PastNode, PastSlot } from '../past-run.ts';
import { STYLE } from './style.ts';
import { dayAndTime, endText, grouped, listNames, nameNodes, outcomeOf } from './words.ts';

export function reportPage(past: Past): string {
  const { head, beganMs, endedMs, failure, nodes } = past;
  const nameOf = nameNodes(nodes.map(({ node }) => node));
  const about = [
    ['outcome', outcomeOf(past)],
    ...(failure === undefined ? [] : [['first cause', failure]]),
    ['began', `${dayAndTime(beganMs)} UTC`],
    ['took', past.state === 'over' ? durationText(endedMs - beganMs) : '-'],
    ['by', `${head.who}, in ${head.directory}`],
    ...(head.repeats === undefined ? [] : [['repeats', head.repeats]]),
    ['nodes', String(nodes.length)],
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>lockstep: run ${text(head.run)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Run ${text(head.run)}</h1>
<pre>${text(head.command)}</pre>
<dl>
${about.map(([term = '', what = '']) => `<dt>${text(term)}</dt><dd>${text(what)}</dd>`).join('\n')}
</dl>
<h2>How the nodes ended</h2>
${endsTable(nodes, nameOf)}
${slotsTable(past.slots)}
<h2>When they did what</h2>
${timeline(past, nameOf)}
</body>
</html>
`;
}

type NameOf = (node: PastNode['node']) => string;

/** Makes text safe to show: no markup, and nothing invisible or reordering. */
function text(value: string): string {
  return sanitiseWord(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function endsTable(nodes: readonly PastNode[], nameOf: NameOf): string {
  const rows = grouped(nodes, endText).map(
    ([end, alike]) =>
      `<tr class="${classOf(alike[0])}"><td>${text(end)}</td><td>${alike.length}</td><td>${text(namesOf(alike, nameOf))}</td></tr>`,
  );
  return `<table>\n<tr><th>end</th><th>nodes</th><th></th></tr>\n${rows.join('\n')}\n</table>`;
}

function slotsTable(slots: readonly PastSlot[]): string {
  if (slots.length === 0) return '';
  const rows = slots.map(({ thread, name, nodes }) => {
    const count = (kind: string) => nodes.filter((node) => classOf(node) === kind).length;
    const cells = [nodes.length, count('ok'), count('bad'), count('none')];
    return `<tr><td>${text(thread)}</td><td>${text(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const head = ['order', 'slot', 'nodes', 'ok', 'failed', 'never began'].map((title) => `<th>${title}</th>`);
  return `<h2>Slots</h2>\n<table>\n<tr>${head.join('')}</tr>\n${rows.join('\n')}\n</table>`;
}

function classOf(node: PastNode | undefined): 'ok' | 'bad' | 'none' {
  if (node?.kind === 'ok') return 'ok';
  return node !== undefined && NOT_ENDED.has(node.kind) ? 'none' : 'bad';
}

const NOT_ENDED: ReadonlySet<PastNode['kind']> = new Set(['skipped', 'waiting', 'running']);

/** The steps of a bar: nodes that look the same at that width share a line. */
const STEPS = 400;

const WHATS = {
  connect: 'connects',
  lock: 'waits for the lock',
  files: 'looks, sends, puts in place',
  exec: 'runs the command',
} as const;

const CLASSES: Readonly<Record<string, keyof typeof WHATS>> = {
  connect: 'connect',
  lock: 'lock',
  survey: 'files',
  upload: 'files',
  commit: 'files',
  exec: 'exec',
};

/** In the order in which nodes began their work. */
function timeline(past: Past, nameOf: NameOf): string {
  const drawn = past.nodes.map((node) => ({ node, bar: barOf(node, past), fromMs: workMs(node) }));
  drawn.sort((one, other) => one.fromMs - other.fromMs);
  const rows = grouped(drawn, ({ node, bar }) => `${bar}\n${endText(node)}`);
  const shown = rows.slice(0, JOURNAL_LIMITS.htmlRowsMax).map(([, alike]) => {
    const nodes = alike.map(({ node }) => node);
    const end = nodes[0] === undefined ? '' : endText(nodes[0]);
    const count = nodes.length > 1 ? `${nodes.length} ` : '';
    return `<tr class="${classOf(nodes[0])}"><td>${text(namesOf(nodes, nameOf))}</td><td><div class="bar">${alike[0]?.bar ?? ''}</div></td><td>${text(count + end)}</td></tr>`;
  });
  const more = rows.length - shown.length;
  const rest = more === 0 ? '' : `\n<p>and ${more} more lines; lockstep show --json has all nodes</p>`;
  const scale = `<span>0 ms</span><span>${text(durationText(past.endedMs - past.beganMs))}</span>`;
  const legend = Object.entries(WHATS).map(([name, what]) => `<i class="${name}"></i> ${what}`);
  return `<p class="legend">${legend.join(' ')}</p>
<table class="time">
<tr><th>nodes</th><th class="scale">${scale}</th><th>end</th></tr>
${shown.join('\n')}
</table>${rest}`;
}

function workMs({ spans }: PastNode): number {
  return spans.findLast(({ phase }) => phase !== 'release')?.fromMs ?? Number.POSITIVE_INFINITY;
}

function barOf({ spans }: PastNode, { beganMs, endedMs }: Past): string {
  const stepMs = Math.max(1, endedMs - beganMs) / STEPS;
  const place = (ms: number) => Math.min(STEPS, Math.max(0, Math.round((ms - beganMs) / stepMs)));
  return spans
    .map(({ phase, fromMs, toMs }) => {
      const name = Object.hasOwn(CLASSES, phase) ? CLASSES[phase] : undefined;
      if (name === undefined) return '';
      const [from, to] = [Math.min(place(fromMs), STEPS - 1), place(toMs)];
      const percent = (steps: number) => `${(100 * steps) / STEPS}%`;
      return `<i class="${name}" title="${WHATS[name]}" style="left:${percent(from)};width:${percent(Math.max(1, to - from))}"></i>`;
    })
    .join('');
}

function namesOf(nodes: readonly PastNode[], nameOf: NameOf): string {
  return listNames(
    nodes.map(({ node }) => nameOf(node)),
    JOURNAL_LIMITS.htmlNamesCharsMax,
  );
}
