/** The output of `--releases`, and of a rollback at its end: a line a release, with the nodes that have it; or one object. Pure. */
import type { ControlEvent } from '../../core/events.ts';
import { sanitiseJson, sanitiseWord } from '../../text/sanitise.ts';
import type { NodeNames } from '../labels.ts';

type Release = Extract<ControlEvent, { type: 'release' }>;

const MARKS = { current: '*', previous: '<', other: ' ', none: ' ' } as const;

/** `* 20261128T183011-5c0ffee5  web[1-40]` */
export function releaseText({ name, mark, nodes }: Release, names: NodeNames): string {
  return `${MARKS[mark]} ${name === undefined ? 'no release' : sanitiseWord(name)}  ${names.of(nodes)}\n`;
}

/** With the keys of all objects of lockstep; the value is in `release`. */
export function releaseJson({ directory, name, mark, nodes }: Release): string {
  const release = { directory, name: name ?? null, mark, nodes: nodes.map(({ id }) => id) };
  return `${sanitiseJson(JSON.stringify({ body: '', host: null, node: null, stream: 'status', release }))}\n`;
}
