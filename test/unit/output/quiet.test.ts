/** `-q`: what nodes have said, and nothing of ours but what keeps their lines apart. */
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { ends, makeNode, play, says } from './fixtures.ts';

const web1 = makeNode('web1');
const web2 = makeNode('web2');
const nodes = [web1, web2];
const quiet = (events: readonly RunEvent[], more: Parameters<typeof play>[1] = {}, isTTY = false) =>
  play(events, { nodes, quiet: true, ...more }, { isTTY });

test('has no prefix, and shows errors only', async () => {
  const logs = (['info', 'warn', 'debug', 'error', 'fatal'] as const).map(
    (level): RunEvent => ({ type: 'log', level, message: level }),
  );
  const { stdout, stderr } = await quiet([...logs, says(web1, 'one\n'), ends(web1)], { verbose: 2 });
  expect(stdout).toBe('one\n');
  expect(stderr).toBe('2026-11-21 09:12:40 [ERROR] error\n2026-11-21 09:12:40 [FATAL] fatal\n');
});

test('ends no line for the nodes: what they have said is there as it came', async () => {
  const events = [says(web1, 'part'), says(web2, 'part'), ends(web1), ends(web2)];
  expect((await quiet(events)).stdout).toBe('partpart');
  expect((await quiet(events, { serial: true })).stdout).toBe('partpart');
});

test('S11: what one node has said is there as it came, in pieces, behind its end and in a line over 64 KiB', async () => {
  const long = 'y'.repeat(65_536);
  const events = [
    says(web1, 'a'),
    says(web1, `b\n${long}`),
    says(web1, long),
    ends(web1),
    says(web1, 'late'),
    ends(web1),
  ];
  expect((await quiet(events)).stdout).toBe(`ab\n${long}${long}late`);
});

test.each([false, true])(
  'on a terminal each last line is ended, so that a prompt begins one, too: -l %s',
  async (serial) => {
    const events = [says(web1, 'part'), says(web2, 'part'), ends(web1), ends(web2)];
    expect((await quiet(events, { serial }, true)).stdout).toBe('part\npart\n');
    const long = 'y'.repeat(65_536);
    const { stdout } = await quiet([says(web1, long), says(web1, 'z\n'), ends(web1)], { serial }, true);
    expect(stdout).toBe(`${long}z\n`);
  },
);

test('folded texts end once, on a terminal, too', async () => {
  const events = [says(web1, 'part'), says(web2, 'part'), ends(web1), ends(web2)];
  const { stdout } = await quiet(events, { fold: 'same' }, true);
  expect(stdout).toBe('==> web[1-2] (2 nodes) <==\npart\n');
});
