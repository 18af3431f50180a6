import { expect, test } from 'vitest';
import { eventObject } from '../../../src/output/event-lines.ts';
import { nodeAt } from '../run/fixtures.ts';

test('what has been downloaded stands with the id of its node, as docs/REQUESTS.md has it of all events', () => {
  const node = nodeAt('web1');
  const told = { path: '/tmp/logs', files: 3, bytes: 26, leftOut: 0 };
  expect(eventObject({ type: 'pulled', node, ...told })).toEqual({ type: 'pulled', node: node.id, ...told });
});
