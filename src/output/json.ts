/** `--json`: one object a line, keys in the order that scripts know, and nothing that a terminal would obey. */

import type { LockstepError } from '../core/errors.ts';
import type { Stream, Success } from '../core/events.ts';
import type { NodeOutcome, Outcome } from '../core/outcome.ts';
import { isPlain, sanitiseJson } from '../text/sanitise.ts';
import { type Format, innerPrefix } from './format.ts';
import { errorTree, FULL, joinTree } from './report/tree.ts';

/** One object for each line of a node; the body keeps its newline, and invalid UTF-8 becomes U+FFFD. */
export const jsonFormat: Format = (source) => {
  const { node, stream } = source;
  const inner = innerPrefix(source);
  const rest = sanitiseJson(
    `,"host":${JSON.stringify(node.given)},"node":${JSON.stringify(node.id)},"stream":"${stream}"}\n`,
  );
  const object = (line: string) => `{"body":${JSON.stringify(inner + line)}${rest}`;
  return {
    target: stream,
    render(lines) {
      const text = lines.toString('utf8');
      const objects = wholeLines(text).map(object).join('');
      return isPlain(text) ? objects : sanitiseJson(objects);
    },
  };
};

/** A log record; its body is the text of the record. */
export function logObject(body: string): string {
  return `${sanitiseJson(JSON.stringify({ body, host: null, node: null, stream: 'stderr' satisfies Stream }))}\n`;
}

/** How one node ended; readers of bodies can ignore the empty body. */
export function outcomeObject({ node, outcome }: NodeOutcome): string {
  const object = { body: '', host: node.given, node: node.id, stream: 'status', outcome: outcome.kind };
  return `${sanitiseJson(JSON.stringify({ ...object, ...outcomeDetails(outcome) }))}\n`;
}

/** The result of a run that went well. */
export function successObject(success: Success): string {
  const object = { body: '', host: null, node: null, stream: 'stderr' satisfies Stream, success };
  return `${sanitiseJson(JSON.stringify(object))}\n`;
}

function outcomeDetails(outcome: Outcome): Record<string, unknown> {
  switch (outcome.kind) {
    case 'ok':
      return {};
    case 'exit':
      return { code: outcome.code };
    case 'signal':
      return { signal: outcome.signal };
    case 'timed-out':
      return { afterMs: outcome.afterMs };
    case 'lost':
    case 'ended':
    case 'skipped':
      return { reason: outcome.reason };
    case 'refused':
      return errorDetails(outcome.error);
  }
}

function errorDetails(error: LockstepError): Record<string, unknown> {
  return { error: error.code, reason: joinTree(errorTree(error.of(error.node, undefined), FULL)) };
}

/** The lines with their newlines; the last may have none. */
function wholeLines(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const whole = lines.map((line) => `${line}\n`);
  if (last !== '') whole.push(last);
  return whole;
}
