/** What `--download` has brought from one node: a line, or an object. Pure. */
import type { ControlEvent } from '../../core/events.ts';
import { sanitiseJson } from '../../text/sanitise.ts';
import { count, formatSize } from './success.ts';

type Pulled = Extract<ControlEvent, { type: 'pulled' }>;

export function pulledText({ path, files, bytes }: Pulled): string {
  return `${count(files, 'file')}, ${formatSize(bytes)}, in ${path}`;
}

/** Readers of bodies can ignore the empty body. */
export function pulledObject({ node, path, files, bytes, leftOut }: Pulled): string {
  const object = {
    body: '',
    host: node.given,
    node: node.id,
    stream: 'status',
    pulled: { path, files, bytes, leftOut },
  };
  return `${sanitiseJson(JSON.stringify(object))}\n`;
}
