/** Journals as the tests need them: heads, and the lines of a run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Controller, ownController } from '../../../src/core/controller.ts';
import type { Node } from '../../../src/core/node.ts';
import { HEAD_VERSION, type Head } from '../../../src/journal/head.ts';

export const RUN = '20261128T090000-0000000a';

/** 2026-11-28 09:00:00 UTC. */
export const BEGAN_MS = Date.parse('2026-11-28T09:00:00.000Z');

export function nodeNamed(host: string, given = host): Node {
  return { id: `[root@${host}:22]`, user: 'root', host, port: 22, given };
}

/** A process that was never there. */
export const GONE: Controller = { ...(await ownController()), pid: 2 ** 22 + 1 };

export function headOf(nodes: readonly Node[], { run = RUN, ...more }: Partial<Head> = {}): Head {
  return {
    version: HEAD_VERSION,
    run,
    who: 'ann@desk',
    at: new Date(BEGAN_MS).toISOString(),
    directory: '/home/ann',
    command: '-C uptime',
    controller: GONE,
    nodes,
    request: {},
    ...more,
  };
}

/** `[ms since the beginning, event]`, as lines of events.jsonl. */
export function linesOf(events: readonly (readonly [number, Record<string, unknown>])[]): string {
  return events
    .map(
      ([ms, event]) =>
        `${JSON.stringify({ at: new Date(BEGAN_MS + ms).toISOString(), run: RUN, ...event })}\n`,
    )
    .join('');
}

/** A command on these nodes; `kinds` are the outcomes that are known. */
export function commandLines(
  nodes: readonly Node[],
  outcomes: readonly Record<string, unknown>[],
  exitCode?: number,
) {
  const each = (ms: number, event: Record<string, unknown>) =>
    nodes.map(({ id }, at) => [ms + at, { ...event, node: id }] as const);
  const ends = outcomes.map((outcome, at) => ({ node: nodes[at]?.id, ...outcome }));
  return linesOf([
    [0, { type: 'begun', who: 'ann@desk' }],
    [0, { type: 'phase', phase: 'connect', nodes: nodes.length }],
    ...each(0, { type: 'node-begun', phase: 'connect' }),
    ...each(300, { type: 'node-done', phase: 'connect' }),
    [400, { type: 'phase', phase: 'lock', nodes: nodes.length }],
    ...each(500, { type: 'node-done', phase: 'lock', lockPath: '/' }),
    [600, { type: 'phase', phase: 'exec', nodes: nodes.length }],
    ...ends.flatMap((end, at) => [
      [900 + at, { type: 'outcome', ...end }] as const,
      [900 + at, { type: 'node-done', phase: 'exec', node: end.node }] as const,
    ]),
    ...(exitCode === undefined ? [] : [[1000, { type: 'finished', exitCode, outcomes: ends }] as const]),
  ]);
}

/** Puts a run into a journal, as it would have written itself. */
export function writeRun(place: string, head: Head, lines = ''): string {
  const path = join(place, head.run);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, 'request.json'), `${JSON.stringify(head)}\n`, { mode: 0o600 });
  writeFileSync(join(path, 'events.jsonl'), lines, { mode: 0o600 });
  return path;
}
