/** `lockstep show RUN`: how each node ended, with one line for all that ended alike. Pure. */
import { durationText } from '../../core/duration.ts';
import { sanitiseWord } from '../../text/sanitise.ts';
import type { Past } from '../past-run.ts';
import { runObject } from './runs.ts';
import { dayAndTime, endText, grouped, listNames, nameNodes, outcomeOf } from './words.ts';

/** `path`: where the files of the run are. */
export function showText(past: Past, path: string): string {
  const { head, state, beganMs, endedMs, nodes, failure } = past;
  const nameOf = nameNodes(nodes.map(({ node }) => node));
  const ends = grouped(nodes, endText).map(
    ([end, alike]) =>
      `  ${listNames(
        alike.map(({ node }) => nameOf(node)),
        NAMES_CHARS,
      )} (${alike.length}): ${end}`,
  );
  const took = state === 'over' ? `, took ${durationText(endedMs - beganMs)}` : '';
  return [
    `run ${head.run} of ${sanitiseWord(head.who)}, in ${sanitiseWord(head.directory)}`,
    `  ${sanitiseWord(head.command)}`,
    ...(head.repeats === undefined ? [] : [`repeats run ${sanitiseWord(head.repeats)}`]),
    `began ${dayAndTime(beganMs)} UTC${took}: ${outcomeOf(past)}`,
    ...(failure === undefined ? [] : [`first cause: ${sanitiseWord(failure)}`]),
    ...ends,
    `files: ${sanitiseWord(path)}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const NAMES_CHARS = 200;

/** The same for programs: every node, with the times of its phases. */
export function showObject(past: Past): Record<string, unknown> {
  const nodes = past.nodes.map(({ node, kind, detail, spans }) => ({
    node: node.id,
    host: node.given,
    kind,
    detail,
    spans: spans.map(({ phase, fromMs, toMs }) => ({
      phase,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    })),
  }));
  const { repeats = null, request } = past.head;
  return { ...runObject(past), repeats, failure: past.failure ?? null, outcomes: nodes, request };
}
